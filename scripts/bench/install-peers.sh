#!/bin/sh
# Installs the load generators that the benchmarks stand beside: wrk from Debian's archive (as root), k6 by Go into
# $GOBIN or ~/go/bin, which must then be on PATH. What is missing here, the benchmarks skip and say so.
set -eu

if command -v wrk >/dev/null; then
  echo "wrk is here: $(command -v wrk)"
elif command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get install -y wrk
else
  echo "wrk needs apt-get and root" >&2
fi

if command -v k6 >/dev/null; then
  echo "k6 is here: $(command -v k6)"
elif command -v go >/dev/null; then
  go install go.k6.io/k6@latest
  echo "k6 is in ${GOBIN:-$(go env GOPATH)/bin}"
else
  echo "k6 needs Go" >&2
fi
