#!/bin/sh
# The gate, as a scheduler runs it: reads the declarations once, judges what was read in every format, and reads again
# only where that can help.
#
#   datarisk-gate.sh [SOURCE...]
#
# A SOURCE is one of `datarisk collect`: a file, a folder or an address, but not standard input, which cannot be read
# twice. Without one, the platform of the settings is read. Limits, waivers and everything else come from the settings:
# datarisk.toml in the working directory, or DATARISK_... in the environment. The token comes from PREFACTOR_API_TOKEN or
# the file that PREFACTOR_API_TOKEN_FILE names, and goes to https://app.prefactorai.com or where PREFACTOR_API_URL says.
#
# Ends as `datarisk` does: 0 passed, 1 findings, 2 usage or configuration, 3 no complete evidence, 4 a fault, 130 and 143
# interrupted. Only 3 is tried again. What went wrong worst is what it ends with.
#
#   GATE_FOLDER     where snapshot.json and check.json, .sarif, .xml, .md and .codequality.json go (datarisk-gate)
#   GATE_REPORTS    a folder; a report of the same evidence goes there as well (none)
#   GATE_TRIES      how often evidence is collected at most (3); 1 where the scheduler tries again itself
#   GATE_WAIT       seconds before the second try, twice as many before each further one (20)
#   GATE_EXIT_ZERO  1: findings end with 0; nothing else changes
#   GATE_LOG        a file for all that is said; it is printed only if something went wrong, as cron wants it (none)
set -u

folder=${GATE_FOLDER:-datarisk-gate}
tries=${GATE_TRIES:-3}
pause=${GATE_WAIT:-20}
child=''

say() { echo "datarisk-gate: $*" >&2; }

meaning() {
  case $1 in
    0) echo "nothing is beyond the limits" ;;
    1) echo "findings are beyond the limits; somebody has to look at them" ;;
    2) echo "the call or its settings are wrong" ;;
    3) echo "the evidence is not complete, so nothing may be concluded" ;;
    130 | 143) echo "interrupted" ;;
    *) echo "a fault of datarisk or of the machine" ;;
  esac
}

finish() {
  if [ "$1" -eq 0 ] && [ "$beyond" = yes ]; then
    say "status 0: $(meaning 1); by GATE_EXIT_ZERO they do not fail"
  else
    say "status $1: $(meaning "$1")"
  fi
  if [ -n "${GATE_LOG-}" ] && [ "$1" -ne 0 ]; then
    cat "$GATE_LOG" >&3
  fi
  exit "$1"
}

# A scheduler tells only this process to stop, and waits no longer than for what it started.
run() {
  "$@" &
  child=$!
  wait "$child"
  ended=$?
  child=''
  return "$ended"
}

# Called by a trap.
# shellcheck disable=SC2317
interrupted() {
  trap '' INT TERM
  if [ -n "$child" ]; then
    kill -TERM "$child" 2>/dev/null
    wait "$child"
  fi
  finish "$1"
}

keep_worst() {
  if [ "$1" -gt "$status" ]; then
    status=$1
  fi
}

# --- what this run was told

beyond=no
status=0
if [ -n "${GATE_LOG-}" ]; then
  (: >"$GATE_LOG") || exit 2
  exec 3>&1 >"$GATE_LOG" 2>&1
fi
for number in "$tries" "$pause"; do
  case $number in
    '' | *[!0-9]*)
      say "GATE_TRIES and GATE_WAIT are whole numbers, and $number is none"
      finish 2
      ;;
  esac
done
for source in "$@"; do
  if [ "$source" = - ]; then
    say "standard input cannot be read twice; write it to a file first"
    finish 2
  fi
done
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

# What a run before this one left there would be taken for this one's.
mkdir -p -- "$folder" || finish 2
for name in snapshot.json check.json check.sarif check.xml check.md check.codequality.json; do
  rm -f -- "$folder/$name" || finish 2
done

# --- the evidence

try=1
while :; do
  run "${GATE_DATARISK:-datarisk}" collect -o "$folder/snapshot.json" -- "$@"
  status=$?
  if [ "$status" -ne 3 ] || [ "$try" -ge "$tries" ]; then
    break
  fi
  say "try $try of $tries: $(meaning 3); again in $pause s"
  run sleep "$pause"
  pause=$((pause * 2))
  try=$((try + 1))
done
# Incomplete evidence is judged too: findings are findings, and the status stays 3.
if { [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; } || [ ! -f "$folder/snapshot.json" ]; then
  finish "$status"
fi

# --- the gate, and the report

run "${GATE_DATARISK:-datarisk}" check -o - -o "$folder/check.json" -o "$folder/check.sarif" -o "$folder/check.xml" \
  -o "$folder/check.md" -o "$folder/check.codequality.json" -- "$folder/snapshot.json"
judged=$?
if [ "$judged" -eq 1 ] && [ "${GATE_EXIT_ZERO-}" = 1 ]; then
  beyond=yes
  judged=0
fi
keep_worst "$judged"
if [ -n "${GATE_REPORTS-}" ] && [ "$judged" -ne 2 ]; then
  run "${GATE_DATARISK:-datarisk}" report -o "$GATE_REPORTS" -- "$folder/snapshot.json"
  keep_worst $?
fi
finish "$status"
