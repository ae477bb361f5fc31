"""The goals' workloads in PyTorch on this machine's GPU: compare_pytorch.py [BENCH.json]. Needs torch alone. One line each:
name, milliseconds, TFLOP/s or GB/s; and, where BENCH.json of tweedie bench has the same work, its time and PyTorch's over it."""

import json
import math
import sys

import torch

DEVICE = "cuda"
REPEATS = 10


def milliseconds(work):
    """Median device time of one call, after two to warm up."""
    for _ in range(2):
        work()
    times = []
    for _ in range(REPEATS):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[REPEATS // 2]


def entries(node):
    """Every row of bench's report, wherever it stands."""
    if isinstance(node, dict):
        if "deviceSeconds" in node:
            yield node
        node = list(node.values())
    for child in node if isinstance(node, list) else []:
        yield from entries(child)


OURS = []
if len(sys.argv) > 1:
    with open(sys.argv[1], encoding="utf-8") as file:
        OURS = list(entries(json.load(file)))


def compare(time, op, size):
    """Our times of the same work, and how many times as long PyTorch takes."""
    for row in OURS:
        seconds = row["deviceSeconds"]
        if row["op"] == op and row["size"] == size and isinstance(seconds, float) and seconds > 0:
            print(f"    {row['backend']} {row['numerics']:8s} {1e3 * seconds:10.3f} ms, PyTorch / ours {time / (1e3 * seconds):.2f}")


def report(name, time, amount, unit):
    print(f"{name:44s} {time:10.3f} ms {amount / time / 1e9 if unit == 'TFLOP/s' else amount / time / 1e6:10.1f} {unit}")


def data_set(precision, tf32):
    """Posterior mean of a data set: weights softmax((2 x.m - |m|^2) / (2 s^2)), then their product with the points."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    batch, points, dim, sigma = 8192, 60000, 784, 20.0
    m = torch.rand(points, dim, device=DEVICE, dtype=precision)
    x = torch.randn(batch, dim, device=DEVICE, dtype=precision) * sigma
    half = (m.float() ** 2).sum(1) / 2

    def products():
        logits = torch.addmm(-half.to(precision), x, m.T) / sigma**2
        return torch.softmax(logits, 1) @ m

    def sdpa():
        bias = (-half / sigma**2).to(precision)[None, None, None, :].expand(1, 1, batch, points)
        q, k, v = x[None, None], m[None, None], m[None, None]
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=1 / sigma**2)

    name = f"data set, {str(precision).split('.')[-1]}{' tf32' if tf32 else ''}"
    flops = 4.0 * batch * points * dim
    time = milliseconds(products)
    report(name + ", products", time, flops, "TFLOP/s")
    compare(time, "evaluate", "points:8192x784x60000@1/20")
    try:
        report(name + ", sdpa", milliseconds(sdpa), flops, "TFLOP/s")
    except RuntimeError as error:
        print(f"{name}, sdpa: {str(error).splitlines()[0]}")


def step():
    """x = a x + b denoised + e z."""
    x = torch.randn(1 << 26, device=DEVICE)
    denoised = torch.randn_like(x)
    copy = torch.empty_like(x)
    report("copy, 2^26", milliseconds(lambda: copy.copy_(x)), 8.0 * x.numel(), "GB/s")
    work = lambda: torch.addcmul(x * 0.9, denoised, denoised.new_tensor(0.1)).add_(torch.randn_like(x), alpha=0.1)
    time = milliseconds(work)
    report("step with noise, 2^26", time, 12.0 * x.numel(), "GB/s")
    compare(time, "stepWithNoise", "67108864")


def mixture():
    """Ancestral sampling from a diagonal mixture: 50 steps with noise, in a loop as one writes it."""
    rows, dim, components = 1_000_000, 64, 128
    m = torch.randn(components, dim, device=DEVICE)
    c = torch.rand(components, dim, device=DEVICE) + 0.1
    x = torch.randn(rows, dim, device=DEVICE)
    levels = [math.cos(math.pi / 2 * i / 50) for i in range(1, 51)]  # alpha, from data to noise

    def denoise(x, alpha):
        p = alpha**2 * c + (1 - alpha**2)
        precision = 1 / p
        logits = (
            -0.5 * (x**2) @ precision.T
            + x @ (alpha * m * precision).T
            - 0.5 * (alpha**2 * m**2 * precision + p.log()).sum(1)
        )
        w = torch.softmax(logits, 1)
        return (w @ (alpha * c * precision)) * x + w @ (m * (1 - alpha**2) * precision)

    def chain():
        y = x
        for to, of in reversed(list(zip([1.0] + levels[:-1], levels))):
            ratio = of / to
            noise = 1 - ratio**2
            variance = 1 - of**2
            mean = to * noise / variance * denoise(y, of) + ratio * (1 - to**2) / variance * y
            spread = math.sqrt(noise * (1 - to**2) / variance)
            y = torch.addcmul(mean, torch.randn_like(y), y.new_tensor(spread))
        return y

    time = milliseconds(chain)
    report("mixture 1e6 x 64, K 128, 50 steps", time, 50 * 8.0 * rows * dim * components, "TFLOP/s")
    compare(time, "sample", "ddpm=diagonal:1000000x64x128")


print(torch.cuda.get_device_name(), "torch", torch.__version__, "CUDA", torch.version.cuda)
data_set(torch.float32, False)
data_set(torch.float32, True)
data_set(torch.bfloat16, False)
step()
mixture()
