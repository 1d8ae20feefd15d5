"""Writes peer.json: what obp and scikit-uplift say, for our tests to agree with.

    pip install obp scikit-uplift && python peer.py OPEN_BANDIT_FOLDER HILLSTROM_CSV > peer.json

obp 0.4.1 (it imports torch, of which nothing is used here) and scikit-uplift 0.5.1.
The action distribution of the Bernoulli Thompson sampling policy is by 400,000
draws from its production prior and stands in the file, so that both sides use the
same. q is the click rate of an action in the log, with 200 prior views and 1 click.
"""
import json, sys
import numpy as np, pandas as pd, yaml
from obp.ope import (InverseProbabilityWeighting as IPW, SelfNormalizedInverseProbabilityWeighting as SNIPW, DirectMethod as DM,
    DoublyRobust as DR, SelfNormalizedDoublyRobust as SNDR, SwitchDoublyRobust as Switch, DoublyRobustWithShrinkage as DRos)
from sklift.metrics import qini_auc_score, uplift_auc_score

folder, hillstrom = sys.argv[1:3]
prior = yaml.safe_load(open(f"{folder}/prior_bts.yaml"))
out = {"bandit": [], "uplift": []}

def bts(campaign):
    rng = np.random.default_rng(12345)
    a, b = np.array(prior[campaign]["alpha"]), np.array(prior[campaign]["beta"])
    counts, draws = np.zeros((len(a), 3)), 400_000
    for _ in range(40):
        top = np.argsort(-rng.beta(a, b, size=(draws // 40, len(a))), axis=1)[:, :3]
        for pos in range(3):
            counts[:, pos] += np.bincount(top[:, pos], minlength=len(a))
    return counts / draws

for campaign in ("men", "women"):
    dist = {"bts": bts(campaign)}
    n_actions = len(dist["bts"])
    dist["random"] = np.full((n_actions, 3), 1 / n_actions)
    for log, target in (("random", "bts"), ("bts", "random")):
        d = pd.read_csv(f"{folder}/{log}/{campaign}/{campaign}.csv.gz", index_col=0)
        action, position = d.item_id.values, d.position.values - 1
        reward, pscore = d.click.values, d.propensity_score.values
        n = len(d)
        clicks, views = np.bincount(action, reward, n_actions), np.bincount(action, minlength=n_actions)
        q = (clicks + 1) / (views + 200)
        action_dist = np.broadcast_to(dist[target], (n, n_actions, 3)).copy()
        qs = np.broadcast_to(q[None, :, None], (n, n_actions, 3)).copy()
        kw = dict(reward=reward, action=action, position=position, pscore=pscore, action_dist=action_dist)
        full = dict(kw, estimated_rewards_by_reg_model=qs)
        entry = {"campaign": campaign, "log": log, "target": target, "values": {
            "IPS": IPW().estimate_policy_value(**kw), "SNIPS": SNIPW().estimate_policy_value(**kw),
            "DM": DM().estimate_policy_value(action_dist=action_dist, estimated_rewards_by_reg_model=qs, position=position),
            "DR": DR().estimate_policy_value(**full), "SNDR": SNDR().estimate_policy_value(**full),
            "Switch-DR": Switch(tau=5.0).estimate_policy_value(**full), "DRos": DRos(lambda_=20.0).estimate_policy_value(**full)}}
        out["bandit"].append({k: (v if not isinstance(v, dict) else {a: float(b) for a, b in v.items()}) for k, v in entry.items()})
    out[campaign] = dist["bts"].tolist()

h = pd.read_csv(hillstrom)
for arm, score in (("Womens E-Mail", "womens"), ("Womens E-Mail", "history"), ("Mens E-Mail", "mens"), ("Mens E-Mail", "recency")):
    d = h[h.segment.isin([arm, "No E-Mail"])]
    t = (d.segment == arm).astype(int)
    out["uplift"].append({"arm": arm, "score": score, "qini": float(qini_auc_score(d.visit, d[score], t)), "auuc": float(uplift_auc_score(d.visit, d[score], t))})
json.dump(out, sys.stdout)
