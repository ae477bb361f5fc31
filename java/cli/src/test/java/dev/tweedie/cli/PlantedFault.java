package dev.tweedie.cli;

import dev.tweedie.check.CheckCase;
import java.util.List;

/**
 * A worked example of {@code examples/cross-check} with one thing done otherwise.
 *
 * @param name of the row in {@code docs/cross-check.md}
 * @param file that is changed
 * @param found text in it, each time it is there
 * @param planted what stands there instead
 * @param form "exact" where the fault is one of bits, "plain" where it is one of digits
 * @param check a case that catches it
 */
record PlantedFault(
    String name, String file, String found, String planted, String form, String check) {

  private static final String BLOCK = "evaluate:kind=points,B=33,d=4,K=85,a=0.8,s=0.6,in=plain";
  private static final String SHARD = "evaluate:kind=points,B=5,d=2,K=16213,a=1.0,s=0.7,in=plain";
  private static final String FINE = "evaluate:kind=points,B=19,d=23,K=6,a=1.0,s=0.01,in=plain";
  private static final String NEAR = "evaluate:kind=points,B=19,d=23,K=6,a=1.0,s=0.001,in=plain";
  private static final String FAINT = "evaluate:kind=points,B=19,d=23,K=6,a=1.0,s=50.0,in=plain";
  private static final String TINY = "gemm:kind=product,B=15,d=33,K=17,a=1.0,s=1.0,in=small";
  private static final String PRODUCT = "gemm:kind=product,B=15,d=33,K=17,a=1.0,s=1.0,in=plain";
  private static final String NORM = "residual:kind=norm,B=9,d=17,K=0,a=1.0,s=1.0,in=plain";
  private static final String FAR = "normal:kind=far,B=7,d=103,K=0,a=1.0,s=1.0,in=plain";
  private static final String ONE = "normal:kind=origin,B=33,d=1,K=0,a=1.0,s=1.0,in=plain";
  private static final String WIDE = "normal:kind=origin,B=33,d=103,K=0,a=1.0,s=1.0,in=plain";

  static final List<PlantedFault> ALL =
      List.of(
          new PlantedFault("sums in another order", "products.py", "j % 16", "0", "exact", NORM),
          new PlantedFault(
              "product and sum not fused",
              "products.py",
              "c = fma(a[:, k, None], b[k], c)",
              "c = a[:, k, None] * b[k] + c",
              "exact",
              PRODUCT),
          new PlantedFault(
              "fused the other way round (contraction)",
              "evaluate.py",
              "fma(self.acc, keep[:, None], acc * take[:, None])",
              "fma(acc, take[:, None], self.acc * keep[:, None])",
              "exact",
              SHARD),
          new PlantedFault(
              "flush to zero",
              "products.py",
              ".view(torch.float64).float()",
              ".view(torch.float64).float().apply_(lambda v: v if abs(v) >= 2**-126 else 0.0)",
              "exact",
              TINY),
          new PlantedFault(
              "the library's exp",
              "evaluate.py",
              "weight(below), weight(w)",
              "np.exp(below), np.exp(w)",
              "exact",
              BLOCK),
          new PlantedFault("a block of 83", "evaluate.py", "84", "83", "exact", BLOCK),
          new PlantedFault("a shard of 8,063", "evaluate.py", "8064", "8063", "exact", SHARD),
          new PlantedFault(
              "a row's number in a float",
              "normal.c",
              "noise[3] + (uint32_t)i",
              "(uint32_t)(int64_t)((float)noise[3] + (float)i)",
              "exact",
              FAR),
          new PlantedFault(
              "a uniform of 24 bits",
              "normal.c",
              "fmaf((float)w, 0x1p-32f, 0x1p-33f)",
              "fmaf((float)(w >> 8), 0x1p-24f, 0x1p-25f)",
              "exact",
              ONE),
          new PlantedFault(
              "the end of a row left out",
              "normal.c",
              "j + n < dim",
              "j + 4 <= dim",
              "exact",
              WIDE),
          new PlantedFault(
              "a division at the end",
              "evaluate.py",
              "self.acc[:, :-1] * inverse",
              "self.acc[:, :-1] / self.sum[:, None]",
              "exact",
              BLOCK),
          new PlantedFault(
              "no row evaluated again",
              "evaluate.py",
              "~(self.error <= f32(2.0**-8))",
              "self.error < 0",
              "exact",
              FINE),
          new PlantedFault(
              "distances in k-means form",
              "evaluate.py",
              "np.sum(z * z / p.astype(f32)[:, None], axis=2, dtype=f32)",
              "((x * x).sum(axis=1)[:, None] - 2 * x @ (alpha * m).astype(f32).T"
                  + " + (alpha**2 * m * m).sum(axis=1).astype(f32)) / p.astype(f32)",
              "plain",
              FINE),
          new PlantedFault(
              "log-sum-exp without the maximum",
              "evaluate.py",
              "top = np.max(logits, axis=1, keepdims=True)",
              "top = np.zeros((len(x), 1), f32)",
              "plain",
              FAINT),
          new PlantedFault(
              "densities in the linear domain",
              "evaluate.py",
              "top = np.max(logits, axis=1, keepdims=True)",
              "top = np.zeros((len(x), 1), f32); logits = np.log(np.exp(bias)"
                  + " * np.prod(np.exp(-0.5 * z * z / p.astype(f32)[:, None]), axis=2,"
                  + " dtype=f32))",
              "plain",
              NEAR));

  CheckCase checkCase() {
    return CheckCase.parse(check);
  }

  /** The row of the table in the documents. */
  String row() {
    return "| %s | `%s` | `%s` | %s |"
        .formatted(name, file, check, form.equals("exact") ? "bits" : "bound");
  }
}
