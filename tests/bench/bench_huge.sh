#!/bin/sh
# Bench: the simulated cloud at scenario huge, in full: how it comes up, and that
# its memory stays within design 9.
exec "$(dirname "$0")/../../build/release/bench/bench_sim" huge
