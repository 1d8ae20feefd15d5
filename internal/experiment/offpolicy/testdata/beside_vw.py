"""Reads logged decisions in the order of time, a JSON line each, and has Vowpal
Wabbit learn from them with --cb_explore_adf. Prints a JSON line a decision: the
probabilities that it gave to each action before it learned of that decision, if the
decision is to be learned from, and by what it had learned until then otherwise.

    python beside_vw.py OPTIONS... < decisions
"""
import json, sys
from vowpalwabbit import Workspace

vw = Workspace(" ".join(["--quiet --cb_explore_adf --random_seed 1 -q UA"] + sys.argv[1:]), enable_logging=False)
for line in sys.stdin:
    d = json.loads(line)
    shared = "shared |U " + " ".join(f"x{i}:{v:.6f}" for i, v in enumerate(d["x"]) if v != 0)
    actions = [f"|A a{k}" for k in range(d["actions"])]
    print(json.dumps([round(p, 7) for p in vw.predict([shared] + actions)]))
    if d["learn"]:
        actions[d["action"]] = f"0:{-d['reward']:.6f}:{d['p']:.6f} " + actions[d["action"]]
        vw.learn([shared] + actions)
