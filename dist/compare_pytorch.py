"""The goals' workloads in PyTorch on this machine's GPU: needs torch alone. One line each: name, milliseconds, TFLOP/s or GB/s."""

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
    report(name + ", products", milliseconds(products), flops, "TFLOP/s")
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
    report("step with noise, 2^26", milliseconds(work), 12.0 * x.numel(), "GB/s")


def mixture():
    """One denoising of a diagonal mixture; a sampler of 50 steps takes 50 of them."""
    rows, dim, components = 1_000_000, 64, 128
    m = torch.randn(components, dim, device=DEVICE)
    c = torch.rand(components, dim, device=DEVICE) + 0.1
    x = torch.randn(rows, dim, device=DEVICE)
    p = 0.64 * c + 0.36
    precision = 1 / p

    def denoise():
        logits = (
            -0.5 * (x**2) @ precision.T
            + x @ (0.8 * m * precision).T
            - 0.5 * (0.64 * m**2 * precision + p.log()).sum(1)
        )
        w = torch.softmax(logits, 1)
        slope = 0.8 * c * precision
        return (w @ slope) * x + w @ (m * 0.36 * precision)

    report("mixture 1e6 x 64, K 128, one step of 50", milliseconds(denoise), 8.0 * rows * dim * components, "TFLOP/s")


print(torch.cuda.get_device_name(), "torch", torch.__version__, "CUDA", torch.version.cuda)
data_set(torch.float32, False)
data_set(torch.float32, True)
data_set(torch.bfloat16, False)
step()
mixture()
