"""Fits the classical models by lifetimes and clvkit, and says how much of a processor each took.

    beside_lifetimes.py TABLE LOG

TABLE has columns frequency, recency, T, monetary_value: what lifetimes wants. LOG has
customer_id, date, amount until the split: what clvkit wants, or is left out.
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

d = pd.read_csv(sys.argv[1])
out = {}


def timed(name, fit):
    began = time.process_time()
    value = fit()
    out[name] = {"seconds": time.process_time() - began, **value}


def fitted(fitter):
    def fit():
        fitter.fit(d.frequency, d.recency, d["T"])
        return {"params": list(map(float, fitter.params_))}
    return fit


bg = BetaGeoFitter()
timed("bgnbd", fitted(bg))
timed("mbgnbd", fitted(ModifiedBetaGeoFitter()))
timed("paretonbd", fitted(ParetoNBDFitter()))

spent = d[(d.frequency > 0) & (d.monetary_value > 0)]
gg = GammaGammaFitter()


def spend():
    gg.fit(spent.frequency, spent.monetary_value)
    return {"params": list(map(float, gg.params_))}


def value():
    v = gg.customer_lifetime_value(bg, d.frequency, d.recency, d["T"], d.monetary_value, time=12, discount_rate=.01, freq="W")
    return {"total": float(v.sum()), "first": list(map(float, v[:20]))}


timed("gammagamma", spend)
timed("value", value)
if len(sys.argv) > 2:
    from clvkit import CLV, CustomerBase
    log = pd.read_csv(sys.argv[2], parse_dates=["date"])

    def clvkit():
        base = CustomerBase.from_transactions(log, time_unit="W", collapse="D", observation_period_end="1997-09-30")
        result = CLV().fit(base).predict(horizon=52, discount_rate=.001)
        return {"total": float(result.to_pandas()["clv"].sum())}

    try:
        timed("clvkit", clvkit)
    except Exception as e:
        out["clvkit"] = {"error": str(e)}
print(json.dumps(out))
