"""Which levels "trailing" spacing takes, as diffusers' schedulers compute it; writes trailing.txt.

python3 trailing.py > trailing.txt (numpy 1.24 or newer). A line is: levels, steps: the levels taken, from 1.
"""
import numpy as np

for levels in (10, 100, 999, 1000):
    for steps in (1, 2, 3, 4, 6, 7, 8, 9, 10, 15, 16, 27, 30, 50, 64, 99, 100):
        if steps > levels:
            continue
        taken = np.round(np.arange(levels, 0, -levels / steps)).astype(int)[::-1]
        taken = taken[-steps:]  # arange has one more near 0 where its step is rounded
        print(f"{levels} {steps}:", *taken)
