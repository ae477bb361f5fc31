"""What the inner loops cost in instructions, from machine code for sm_90: issue.py NVCC NVDISASM FOLDER OUT."""

import functools
import re
import subprocess
import sys

nvcc, nvdisasm, folder, out = sys.argv[1:]


@functools.cache
def kernels(source, architecture="sm_90"):
    """Machine code by kernel: a list of (label or None, instruction or None)."""
    cubin = f"{out}/issue.cubin"
    include = [f"-I{folder}", f"-I{folder}/include", f"-I{folder}/common"]
    subprocess.run([nvcc, "-std=c++17", "-O3", "-fmad=false", f"-arch={architecture}", "-cubin", *include, "-o", cubin,
                    f"{folder}/cuda/{source}.cu"], check=True)
    text = subprocess.run([nvdisasm, "-c", cubin], check=True, capture_output=True, text=True).stdout
    found = []
    for section in re.split(r"\n\t?\.section\t", text)[1:]:
        name = re.match(r"\.text\.(\S+?),", section)
        if name:
            lines = re.findall(r"^(\.L_x_\d+):|/\*[0-9a-f]{4,}\*/ +(.*?) ;", section, re.M)
            found.append((name.group(1), [(label or None, code or None) for label, code in lines]))
    return found


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


def order_of(lines):
    """Loads from and stores to device memory, in their order."""
    codes = [code for _, code in lines if code]
    return "".join("L" if "LDG" in c else "S" for c in codes if "LDG" in c or "STG" in c)


def bulk_share(lines):
    """Instructions of a whole slice beside its 1,536 fma: of the loop around them, without the one over single steps."""
    labels = {label: i for i, (label, _) in enumerate(lines) if label}
    loops = []
    for i, (_, code) in enumerate(lines):
        target = re.search(r"BRA.*\((\.L_x_\d+)\)", code or "")
        if target and labels[target.group(1)] < i:
            loops.append([c for _, c in lines[labels[target.group(1)] : i + 1] if c])
    fma = [sum("FFMA" in c for c in loop) for loop in loops]
    steps = max((i for i in range(len(loops)) if fma[i] == 128), key=lambda i: -len(loops[i]), default=None)
    slices = max((i for i in range(len(loops)) if fma[i] == 1536 + 128), key=lambda i: -len(loops[i]), default=None)
    return (len(loops[slices]) - len(loops[steps])) / 1536 if slices is not None and steps is not None else float("nan")


def slice_shares(lines, fma=768, chains=64):
    """Instructions of a whole slice beside its fma, for every loop over slices: without the loop over single steps, and a
    seventh of what fades the chains, between blocks of 84 components."""
    labels = {label: i for i, (label, _) in enumerate(lines) if label}
    jumps = [(i, re.search(r"BRA.*\((\.L_x_\d+)\)", code or "")) for i, (_, code) in enumerate(lines)]
    loops = [(labels[to.group(1)], i) for i, to in jumps if to and labels[to.group(1)] < i]
    ends = sorted({i for i in labels.values()} | {i + 1 for i, to in jumps if to} | {len(lines)})
    blocks = [(a, b, [code for _, code in lines[a:b] if code]) for a, b in zip([0] + ends, ends)]
    shares = []
    for start, end, codes in blocks:
        if sum("FFMA" in c for c in codes) != fma:
            continue
        head, last = min((loop for loop in loops if loop[0] <= start and end <= loop[1] + 1), key=lambda l: l[1] - l[0])
        inner = [(i, j) for i, j in loops if head < i and j < last and any("FFMA" in (c or "") for _, c in lines[i:j])]
        count = 0
        for a, b, of in blocks:
            if head <= a and b <= end and not any(i <= a and b <= j + 1 for i, j in inner):
                count += len(of) / (7 if sum("FMUL" in c for c in of) == chains else 1)
        shares.append(round(count / fma, 3))
    return shares


def loop_of_products(lines):
    """The turn of the loop around the products of tensor cores: how many, waits for them, all instructions."""
    labels = {label: i for i, (label, _) in enumerate(lines) if label}
    for i, (_, code) in enumerate(lines):
        target = re.search(r"BRA.*\((\.L_x_\d+)\)", code or "")
        if target and labels[target.group(1)] < i:
            loop = [c for _, c in lines[labels[target.group(1)] : i + 1] if c]
            if any("HGMMA" in c for c in loop):
                return sum("HGMMA" in c for c in loop), sum("WARPGROUP.DEPBAR" in c for c in loop), len(loop)
    return 0, 0, 0


def knows(architecture):
    return subprocess.run([nvcc, "--dryrun", f"-arch={architecture}", "-cubin", "-o", f"{out}/issue.cubin",
                           f"{folder}/cuda/roof.cu"], capture_output=True).returncode == 0


def check(what, found, right):
    global failed
    print(f"{what}: {found}")
    failed |= not right


failed = False
for name, lines in kernels("product_bulk"):
    if "product_bulk_kernelIL12product_form2E" in name:
        share = bulk_share(lines)
        check("instructions an fma, logits by bulk copies", f"{share:.3f}", share <= 1.12)
    if "product_bulk_kernelIL12product_form6E" in name:
        wide = 112 if "ELi112E" in name else 128
        shares = slice_shares(lines, 12 * wide, wide)
        check(f"sums, tiles {wide} wide", shares, len(shares) == 1 and shares[0] <= 1.14)
if knows("sm_90a"):
    # a slice of 32 steps: twelve products of 64 cycles, or six where one operand has one part; one wait, 64 sums, which the
    # products of the other warpgroup hide
    forms = {"ILi3ELi3EE": 12, "ILi1ELi3EE": 6, "ILi3ELi1EE": 6}
    for name, lines in kernels("product_parts", "sm_90a"):
        for form, wanted in forms.items():
            if "product_parts_kernel" + form in name:
                products, waits, all_of_them = loop_of_products(lines)
                check(f"parts {form}, products and waits and instructions of a slice", (products, waits, all_of_them),
                      products == wanted and waits == 1 and all_of_them <= 80 + 10 * wanted)
                forms[form] = None
    check("forms of parts that were not found", [f for f, wanted in forms.items() if wanted], not any(forms.values()))
for name, lines in kernels("product"):
    codes = [code for _, code in lines if code]
    if "product_kernelIL12product_form2E4tileILi128ELi8EELb1" in name:
        share = product_share(lines)
        check("logits, instructions an fma of a slice", f"{share:.3f}", share <= 1.16)
    if "product_kernelIL12product_form5E4tileILi128ELi8EELb1" in name:
        # each of a thread's eight rows of C is read and written by two vectors
        vectors = sum("STG.E.128" in c for c in codes), sum("LDG.E.128" in c for c in codes)
        check("sums, vectors stored and loaded", vectors, min(vectors) >= 16)
for name, lines in kernels("score_fused"):
    if "ELb1E" in name:
        # logits, then sums
        shares = slice_shares(lines)
        kind = "diagonal" if "form3" in name else "isotropic"
        check(f"{kind} in one kernel, instructions an fma", shares, len(shares) == 2 and max(shares) <= 1.2)
# columns are walked six numbers at a time: a load that waits for the store before it takes a trip to memory each
for source, kernel in [("softmax", "weigh_blocks"), ("softmax", "run_tops"), ("softmax", "block_topsILb1E"),
                       ("score_fast", "fade_blocks"), ("blind", "run_blind_tops")]:
    orders = [order_of(lines) for name, lines in kernels(source) if kernel in name]
    check(f"{kernel}, loads and stores", orders, len(orders) == 1 and re.search("LLLLLL(SSSSSS|(SS){6})", orders[0]))
for name, lines in kernels("step"):
    if "step_kernelILb1ELb1E" in name:  # with noise, by vectors: four elements a turn
        count = sum(code is not None and code != "NOP" for _, code in lines)
        check("step with noise, instructions of the kernel", count, count <= 500)
sys.exit(failed)
