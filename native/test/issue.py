"""What the inner loops cost in instructions, from machine code for sm_90: issue.py NVCC NVDISASM FOLDER OUT."""

import re
import subprocess
import sys

nvcc, nvdisasm, folder, out = sys.argv[1:]


def kernels(source):
    """Machine code by kernel: a list of (label or None, instruction or None)."""
    cubin = f"{out}/issue.cubin"
    include = [f"-I{folder}", f"-I{folder}/include", f"-I{folder}/common"]
    subprocess.run([nvcc, "-std=c++17", "-O3", "-fmad=false", "-arch=sm_90", "-cubin", *include, "-o", cubin,
                    f"{folder}/cuda/{source}.cu"], check=True)
    text = subprocess.run([nvdisasm, "-c", cubin], check=True, capture_output=True, text=True).stdout
    for section in re.split(r"\n\t?\.section\t", text)[1:]:
        name = re.match(r"\.text\.(\S+?),", section)
        if name:
            lines = re.findall(r"^(\.L_x_\d+):|/\*[0-9a-f]{4,}\*/ +(.*?) ;", section, re.M)
            yield name.group(1), [(label or None, code or None) for label, code in lines]


def product_share(lines):
    """Instructions of a whole slice beside its 768 fma, without the ways that whole vectors and whole slices skip."""
    labels = {label: i for i, (label, _) in enumerate(lines) if label}
    start = next(i for i, (_, code) in enumerate(lines) if code and "BAR.SYNC" in code)
    head = max(i for i in labels.values() if i < start)
    end = max(i for i, (_, code) in enumerate(lines) if code and f"({lines[head][0]})" in code and i > start)
    taken = set(range(head, end + 1))
    for i in range(head, end):
        target = re.search(r"BRA.*\((\.L_x_\d+)\)", lines[i][1] or "")
        to = labels.get(target.group(1), 0) if target else 0
        skipped = [code or "" for _, code in lines[i + 1 : to]]
        if i < to <= end and any(re.search(r"LDGSTS\.E \[", c) for c in skipped) \
                and not any("FFMA" in c or ".128" in c for c in skipped):
            taken -= set(range(i + 1, to))
    blocks, block = [], []
    for i in sorted(taken):
        label, code = lines[i]
        if label:
            blocks.append(block)
            block = []
        if code:
            block.append(code)
    blocks.append(block)
    # the loop over the steps of a short slice has 64 fma a turn
    blocks = [b for b in blocks if sum("FFMA" in c for c in b) in (0, 768)]
    fma = sum("FFMA" in c for b in blocks for c in b)
    return sum(map(len, blocks)) / fma if fma == 768 else float("nan")


failed = False
for name, lines in kernels("product"):
    if "product_kernelIL12product_form2E4tileILi128ELi8EELb1" in name:
        share = product_share(lines)
        print(f"logits, a slice: {share:.3f} instructions an fma")
        failed |= not share <= 1.16
for name, lines in kernels("softmax"):
    if "weigh_blocks" in name:
        order = "".join("L" if "LDG" in c else "S" for _, c in lines if c and ("LDG" in c or "STG" in c))
        print(f"weights: loads and stores in the order {order}")
        failed |= "LLLLLLSSSSSS" not in order
sys.exit(failed)
