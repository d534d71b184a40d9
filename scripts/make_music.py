#!/usr/bin/env python3
"""Hold music and beep, from nothing but sines: no rights of others are in them."""
import math
import struct
import wave

RATE = 16000
# Four bars of four seconds: A minor 7, F major 7, C major 7, G 6.
BARS = [
    [220.00, 261.63, 329.63, 392.00],
    [174.61, 220.00, 261.63, 329.63],
    [196.00, 261.63, 329.63, 493.88],
    [196.00, 246.94, 293.66, 329.63],
]
BAR_S = 4.0


def write(path, samples, peak):
    top = max(abs(s) for s in samples) or 1.0
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(b"".join(struct.pack("<h", int(s / top * peak * 32767)) for s in samples))


def pluck(hz, t):
    """One soft note: two harmonics that fade."""
    if t < 0:
        return 0.0
    attack = min(t / 0.02, 1.0)
    return attack * math.exp(-t * 1.6) * (math.sin(2 * math.pi * hz * t) + 0.25 * math.sin(4 * math.pi * hz * t))


def music():
    total = int(RATE * BAR_S * len(BARS))
    samples = [0.0] * total
    for bar, notes in enumerate(BARS):
        for step in range(8):
            hz = notes[[0, 2, 1, 3, 2, 1, 3, 2][step]] * (2 if step % 4 == 3 else 1)
            start = int((bar * BAR_S + step * BAR_S / 8) * RATE)
            for n in range(int(2.5 * RATE)):
                # Notes ring over the end into the beginning, so that the loop has no seam.
                samples[(start + n) % total] += pluck(hz, n / RATE)
    return samples


def beep():
    length = int(0.4 * RATE)
    fade = int(0.01 * RATE)
    return [min(1, n / fade, (length - n) / fade) * math.sin(2 * math.pi * 1000 * n / RATE) for n in range(length)]


write("audio/moh_calm.wav", music(), 0.35)
write("audio/beep.wav", beep(), 0.35)
