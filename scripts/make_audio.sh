#!/usr/bin/env bash
# Makes the recordings in audio/ anew: speech from audio/parts.tsv (espeak-ng), music and beep (scripts/make_music.py).
# The result is in the repository; this is only for changing a text or adding a language. Needs espeak-ng, sox, python3.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A voice=([zh-CN]=cmn [en-US]=en-us) speed=([zh-CN]=220 [en-US]=165)
while IFS=$'\t' read -r id language text; do
  out="audio/$id.wav"
  mkdir -p "$(dirname "$out")"
  raw=$(mktemp --suffix=.wav)
  espeak-ng -v "${voice[$language]}" -s "${speed[$language]}" -w "$raw" -- "$text"
  # Silence off both ends (a trace is kept), 16 kHz mono, peaks at -3 dBFS.
  sox "$raw" -b 16 -r 16000 -c 1 "$out" silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse pad 0.02 0.06 norm -3
  rm -f "$raw"
done < audio/parts.tsv

python3 scripts/make_music.py
