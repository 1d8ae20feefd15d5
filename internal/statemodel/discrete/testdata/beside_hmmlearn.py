"""Fits a Poisson HMM by hmmlearn, and says how much of a processor it took.

    beside_hmmlearn.py COUNTS LENGTHS ITERATIONS TOLERANCE RATE...

COUNTS and LENGTHS are files of numbers, a line each. It begins with the rates, equal
chances to begin with, and states that stay with a chance of .8.
"""
import json
import sys
import time

import numpy as np
from hmmlearn import hmm

counts = np.loadtxt(sys.argv[1], dtype=int).reshape(-1, 1)
lengths = np.loadtxt(sys.argv[2], dtype=int, ndmin=1)
iterations, tolerance = int(sys.argv[3]), float(sys.argv[4])
rates = np.array([float(v) for v in sys.argv[5:]])
k = len(rates)
model = hmm.PoissonHMM(n_components=k, n_iter=iterations, tol=tolerance, init_params="", lambdas_prior=0, lambdas_weight=0)
model.startprob_ = np.full(k, 1 / k)
model.transmat_ = np.full((k, k), .2 / (k - 1)) + np.eye(k) * (.8 - .2 / (k - 1))
model.lambdas_ = rates.reshape(-1, 1)
began = time.process_time()
model.fit(counts, lengths)
seconds = time.process_time() - began
began = time.process_time()
loglik = model.score(counts, lengths)
scoring = time.process_time() - began
print(json.dumps({"loglik": loglik, "iterations": len(model.monitor_.history), "seconds": seconds, "scoring": scoring}))
