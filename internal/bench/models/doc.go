// Package models compares the state-space model with the classical ones on a log of
// transactions: everything is fitted on what happened until a day, the split, and
// asked about what happened after it. It reads a table of customer, time and amount,
// or any file by an import map, and makes one table of figures of it.
//
// The rules, which are those of the literature on CDNOW: a person begins with their
// first act, and only those who began by the split are asked about. Acts of one day
// are one act. The split is the last day that models are fitted on, and the end the
// last day of the log. What is negative is a refund and no act. Likelihoods are
// densities of the times of acts in weeks; that of the second half is given the
// first. Nothing is left out without being counted.
package models
