// Package bench measures Rapport and tries to break it: the rates of ingest and
// fold beside those of PostgreSQL in the same run, and a server that is killed
// again and again under load. The command rapport bench prints what it finds.
package bench
