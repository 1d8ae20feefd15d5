# The example of msm's manual (Jackson 2011, section 2.9): a hidden process with
# normal values, whose mean an acute event moves, and deaths known to the day.
# With numbers (three rates, two means, two deviations, the effect) they are what the
# likelihood is evaluated at; without it is fitted.
suppressMessages(library(msm))
began <- proc.time()[["elapsed"]]
v <- as.numeric(commandArgs(trailingOnly = TRUE))
fixed <- length(v) > 0
if (!fixed) v <- c(exp(-6), exp(-9), exp(-6), 100, 54, 16, 18, -8)
q <- rbind(c(0, v[1], v[2]), c(0, 0, v[3]), c(0, 0, 0))
m <- msm(fev ~ days, subject = ptnum, data = fev, qmatrix = q, deathexact = 3,
         hmodel = list(hmmNorm(mean = v[4], sd = v[6]), hmmNorm(mean = v[5], sd = v[7]), hmmIdent(999)),
         hcovariates = list(~acute, ~acute, NULL), hcovinits = list(v[8], v[8], NULL),
         hconstraint = list(acute = c(1, 1)), center = FALSE, method = "BFGS", hessian = FALSE, fixedpars = fixed,
         control = list(fnscale = 50000, maxit = 5000, reltol = 1e-10))
cat(sprintf("minus2loglik %.6f seconds %.2f\n", m$minus2loglik, proc.time()[["elapsed"]] - began))
