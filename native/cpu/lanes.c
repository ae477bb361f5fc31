/* Rows to lanes and back. */
#include "score.h"

void TIER(rows_to_lanes)(const float *in, int64_t stride, int64_t rows, int64_t n, float *out) {
  for (int v = 0; v < 2; v++) {
    for (int64_t j = 0; j < n; j += VF_LANES) {
      vf t[VF_LANES];
      for (int64_t i = 0; i < VF_LANES; i++) {
        int64_t row = v * VF_LANES + i;
        const float *at = in + (row < rows ? row : rows - 1) * stride + j;
        t[i] = n - j < VF_LANES ? vf_load_n(at, n - j) : vf_load(at);
      }
      vf_transpose(t);
      for (int64_t i = 0; i < VF_LANES && j + i < n; i++) vf_store(out + (j + i) * TILE + v * VF_LANES, t[i]);
    }
  }
}

void TIER(lanes_to_rows)(const float *in, int64_t rows, int64_t n, float *out, int64_t stride) {
  for (int v = 0; v < 2 && v * VF_LANES < rows; v++) {
    for (int64_t j = 0; j < n; j += VF_LANES) {
      vf t[VF_LANES];
      for (int64_t i = 0; i < VF_LANES; i++)
        t[i] = j + i < n ? vf_load(in + (j + i) * TILE + v * VF_LANES) : vf_set(0.0f);
      vf_transpose(t);
      for (int64_t i = 0; i < VF_LANES && v * VF_LANES + i < rows; i++) {
        float *at = out + (v * VF_LANES + i) * stride + j;
        if (n - j < VF_LANES)
          vf_store_n(at, t[i], n - j);
        else
          vf_store(at, t[i]);
      }
    }
  }
}
