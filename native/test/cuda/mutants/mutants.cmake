# Faults that a device would show now and then, planted in the sources of cuda/, one at a time. Each names the file, the
# text that stands there once, what takes its place, the test that must fail and the modes of the emulation it fails in.
set(MUTANTS slice_without_barrier slice_too_early slice_not_awaited upload_not_awaited upload_too_early
  staging_not_awaited download_not_awaited stale_noise_address square_unfinished blocks_of_another_shard
  marks_not_awaited mark_of_the_last_row mark_forgotten
  bulk_not_expected bulk_not_awaited bulk_too_early bulk_read_too_late bulk_barriers_hidden
  fused_without_barrier fused_too_early fused_not_awaited fused_logits_unfinished fused_tops_unfinished fused_refined_later
  fused_weights_unfinished fused_pulled_early fused_rows_unshifted
  parts_not_expected parts_not_awaited parts_too_early parts_given_back_early parts_not_fenced parts_not_committed
  parts_not_there parts_turned_descriptor parts_of_other_rows parts_left_out parts_onto_the_last parts_largest_first
  parts_barriers_hidden parts_beyond_the_end
  bytes_too_early bytes_not_awaited bytes_uncorrected bytes_beside_nothing bytes_of_another_row
  filter_margin_39 filter_row_loses_nothing filter_point_loses_nothing filter_begins_early filter_leaves_shards_early
  filter_marks_unfinished filter_codes_not_awaited left_list_unfinished left_without_barrier left_fades_twice)

# product.cu: nobody waits for the others' copies
set(slice_without_barrier product.cu gemm.c CUDA_HOST_ORDER=2)
set(slice_without_barrier_find "    __syncthreads(); /* the slice is there")
set(slice_without_barrier_replace "    /* the slice is there")

# the next slice overwrites the stage that slower threads still read
set(slice_too_early product.cu gemm.c CUDA_HOST_COPIES=1)
set(slice_too_early_find "    wait_copies<STAGES - 2>();")
set(slice_too_early_replace "    if (ahead.inside(p, k)) load(ahead, stage == 0 ? STAGES - 1 : stage - 1);\n    wait_copies<STAGES - 2>();")

# a slice is read before its copies have come
set(slice_not_awaited product.cu gemm.c CUDA_HOST_COPIES=0)
set(slice_not_awaited_find "wait_copies<STAGES - 2>();")
set(slice_not_awaited_replace "wait_copies<STAGES - 1>();")

# memory.cu: compute does not wait for an upload
set(upload_not_awaited memory.cu cuda/device.c CUDA_HOST_ORDER=0)
set(upload_not_awaited_find "  c.check(cudaStreamWaitEvent(cuda->compute, cuda->arrived, 0));")
set(upload_not_awaited_replace "")

# an upload does not wait for the work that reads what was there
set(upload_too_early memory.cu cuda/device.c CUDA_HOST_ORDER=0)
set(upload_too_early_find "  c.check(cudaStreamWaitEvent(cuda->copies, after ? after->event : cuda->before, 0));")
set(upload_too_early_replace "")

# a staging buffer is filled again before its copy is done
set(staging_not_awaited memory.cu cuda/device.c CUDA_HOST_ORDER=0)
set(staging_not_awaited_find "    c.check(cudaEventSynchronize(cuda->staged[buffer]));\n    memcpy(")
set(staging_not_awaited_replace "    memcpy(")

# a download is read before it has come
set(download_not_awaited memory.cu cuda/device.c CUDA_HOST_ORDER=0)
set(download_not_awaited_find "      c.check(cudaEventSynchronize(cuda->staged[buffer ^ 1]));\n")
set(download_not_awaited_replace "")

# noise.cu: a graph keeps the rows it was recorded with
set(stale_noise_address noise.cu cuda/device.c CUDA_HOST_ORDER=0)
set(stale_noise_address_find "moved(address, base)")
set(stale_noise_address_replace "((void)base, address)")

# shards side by side fade as the first one does
set(blocks_of_another_shard product.cu score.c CUDA_HOST_MULTIPROCESSORS=132)
set(blocks_of_another_shard_find "fade_chains<T>(p, slice.first, row")
set(blocks_of_another_shard_replace "fade_chains<T>(p, slice.first - part.begin, row")

# softmax.cu: weights are turned before all of a square are there
set(square_unfinished softmax.cu score.c CUDA_HOST_ORDER=2)
set(square_unfinished_find "#include \"turn.cuh\"")
set(square_unfinished_replace "#define __syncthreads() (void)0\n#include \"turn.cuh\"\n#undef __syncthreads")

# memory.cu: what lies before an event, as marks in a ring do, is read before it is there
set(marks_not_awaited memory.cu cuda/device.c CUDA_HOST_ORDER=0)
set(marks_not_awaited_find "  begin_copy(c, after);\n  int buffer = 0;")
set(marks_not_awaited_replace "  if (after == NULL) begin_copy(c, after);\n  int buffer = 0;")

# step.cu: whichever thread is the last marks its row
set(mark_of_the_last_row step.cu cuda/device.c CUDA_HOST_ORDER=0)
set(mark_of_the_last_row_find "atomicMax((unsigned long long *)mark, (unsigned long long)(INT64_MAX - (i + j) / dim))")
set(mark_of_the_last_row_replace "*mark = INT64_MAX - (i + j) / dim")

# results of an op with several marks are refused by its last one alone
set(mark_forgotten step.cu cuda/device.c CUDA_HOST_ORDER=0)
set(mark_forgotten_find "set = set || marks[i] != 0;")
set(mark_forgotten_replace "set = marks[i] != 0;")

# product_bulk.cu: a barrier that expects no bytes lets a slice be read before it has come
set(bulk_not_expected product_bulk.cu cuda/product.cpp CUDA_HOST_COPIES=0)
set(bulk_not_expected_find "arrive_expecting(come, depth * of_a_step)")
set(bulk_not_expected_replace "arrive_expecting(come, 0 * depth * of_a_step)")

# consumers do not wait for a slice
set(bulk_not_awaited product_bulk.cu cuda/product.cpp CUDA_HOST_COPIES=0)
set(bulk_not_awaited_find "    await(further_barrier(full, now.stage), now.phase);\n")
set(bulk_not_awaited_replace "    (void)full;\n")

# the producer does not wait until a stage has been read
set(bulk_too_early product_bulk.cu cuda/product.cpp CUDA_HOST_COPIES=1)
set(bulk_too_early_find "    await(further_barrier(empty, now.stage), now.phase ^ 1);\n")
set(bulk_too_early_replace "    (void)empty;\n")

# a stage is given back before all threads of a warp have read it
set(bulk_read_too_late product_bulk.cu cuda/product.cpp CUDA_HOST_COPIES=2 CUDA_HOST_ORDER=2)
set(bulk_read_too_late_find "    __syncwarp();\n    if (threadIdx.x % 32 == 0) arrive")
set(bulk_read_too_late_replace "    if (threadIdx.x % 32 == 0) arrive")

# the copy engine may not see the barriers
set(bulk_barriers_hidden product_bulk.cu cuda/product.cpp CUDA_HOST_ORDER=0)
set(bulk_barriers_hidden_find "    show_barriers();\n")
set(bulk_barriers_hidden_replace "")

# score_fused.cu: nobody waits for the others' copies of a slice
set(fused_without_barrier score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_without_barrier_find "    __syncthreads(); /* the slice is there")
set(fused_without_barrier_replace "    /* the slice is there")

# the next slice overwrites the stage that slower threads still read
set(fused_too_early score_fused.cu score.c CUDA_HOST_COPIES=1 CUDA_HOST_FUSED=1)
set(fused_too_early_find "    wait_copies<STAGES - 2>();\n")
set(fused_too_early_replace "    if (slice + STAGES - 1 < count) load(stages + (stage == 0 ? STAGES - 1 : stage - 1) * (LINES * COMPONENTS));\n    wait_copies<STAGES - 2>();\n")

# a slice is read before its copies have come
set(fused_not_awaited score_fused.cu score.c CUDA_HOST_COPIES=0 CUDA_HOST_FUSED=1)
set(fused_not_awaited_find "wait_copies<STAGES - 2>();")
set(fused_not_awaited_replace "wait_copies<STAGES - 1>();")

# maxima are found among logits of which some are still to be made
set(fused_logits_unfinished score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_logits_unfinished_find "  __syncthreads(); /* what was made of them")
set(fused_logits_unfinished_replace "  /* what was made of them")

# so with the maxima of rows, rows that are refined, the sums of weights, and weights that are pulled
set(fused_tops_unfinished score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_tops_unfinished_find "  __syncthreads(); /* blocks have their maxima */\n")
set(fused_tops_unfinished_replace "")
set(fused_refined_later score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_refined_later_find "  __syncthreads(); /* refined ones too */\n")
set(fused_refined_later_replace "")
set(fused_weights_unfinished score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_weights_unfinished_find "  __syncthreads(); /* rows have all their weights */\n")
set(fused_weights_unfinished_replace "")
set(fused_pulled_early score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_pulled_early_find "  __syncthreads(); /* nobody reads weights that are pulled now */\n")
set(fused_pulled_early_replace "")

# chains begin before x' is there
set(fused_rows_unshifted score_fused.cu score.c CUDA_HOST_ORDER=2 CUDA_HOST_FUSED=1)
set(fused_rows_unshifted_find "  __syncthreads(); /* x' is there */\n")
set(fused_rows_unshifted_replace "")

# product_parts.cu: a barrier that expects fewer bytes lets a slice be multiplied before all parts have come
set(parts_not_expected product_parts.cu cuda/parts.c CUDA_HOST_COPIES=2)
set(parts_not_expected_find "arrive_expecting(come, A + B)")
set(parts_not_expected_replace "arrive_expecting(come, A)")

# nobody waits for a slice
set(parts_not_awaited product_parts.cu cuda/parts.c CUDA_HOST_COPIES=0)
set(parts_not_awaited_find "    await(further_barrier(full, now.stage), now.phase);\n")
set(parts_not_awaited_replace "    (void)full;\n")

# a stage is filled while tensor cores read it
set(parts_too_early product_parts.cu cuda/parts.c CUDA_HOST_COPIES=1)
set(parts_too_early_find "    await(further_barrier(empty, now.stage), now.phase ^ 1);\n")
set(parts_too_early_replace "    (void)empty;\n")

# a stage is given back when its products are asked for, not when they are made
set(parts_given_back_early product_parts.cu cuda/parts.c CUDA_HOST_COPIES=1 CUDA_HOST_ORDER=2)
set(parts_given_back_early_find "    wait_products(slice_sum);\n    if (threadIdx.x % 32 == 0) arrive(further_barrier(empty, now.stage));\n")
set(parts_given_back_early_replace "    if (threadIdx.x % 32 == 0) arrive(further_barrier(empty, now.stage));\n    wait_products(slice_sum);\n")

# registers may still be written by this thread when a product comes
set(parts_not_fenced product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_not_fenced_find "    fence_products();\n")
set(parts_not_fenced_replace "")

# products of no group are waited for by nobody
set(parts_not_committed product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_not_committed_find "    commit_products();\n")
set(parts_not_committed_replace "")

# registers are read before the products are there
set(parts_not_there product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_not_there_find "    wait_products(slice_sum);\n")
set(parts_not_there_replace "")

# core matrices of other rows are taken for those of other steps
set(parts_turned_descriptor product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_turned_descriptor_find "(further(stages, panels<OF_A>::BYTES / 4), PANEL_ALONG_K, PANEL_ALONG_ROWS)")
set(parts_turned_descriptor_replace "(further(stages, panels<OF_A>::BYTES / 4), PANEL_ALONG_ROWS, PANEL_ALONG_K)")

# both warpgroups multiply the same rows
set(parts_of_other_rows product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_of_other_rows_find "describe(further(stages, group *")
set(parts_of_other_rows_replace "describe(further(stages, 0 * group *")

# a product of parts that counts is forgotten
set(parts_left_out product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_left_out_find "      for (int step = 0;")
set(parts_left_out_replace "      for (int step = of_a == 2 ? PANEL_STEPS : 0;")

# a slice begins with what the one before it left
set(parts_onto_the_last product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_onto_the_last_find "bool onto = false;")
set(parts_onto_the_last_replace "bool onto = true;")

# the small products are cut off beside the largest
set(parts_largest_first product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_largest_first_find "for (int both = MOST_PARTS - 1; both >= 0; both--)")
set(parts_largest_first_replace "for (int both = 0; both < MOST_PARTS; both++)")

# the copy engine may not see the barriers
set(parts_barriers_hidden product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_barriers_hidden_find "    show_barriers();\n")
set(parts_barriers_hidden_replace "")

# what lies beyond C is written
set(parts_beyond_the_end product_parts.cu cuda/parts.c CUDA_HOST_ORDER=0)
set(parts_beyond_the_end_find "if (row >= p.a.rows || column >= p.b.rows) continue;")
set(parts_beyond_the_end_replace "if (row > p.a.rows || column >= p.b.rows) continue;")
# score_filter.cu: what weighs exp(-39) of the top is left out
set(filter_margin_39 score_filter.cu filter.c CUDA_HOST_ORDER=0)
set(filter_margin_39_find "b.rest, b.least, margin,")
set(filter_margin_39_replace "b.rest, b.least, margin - 1.0f,")

# bounds without what the row's codes lose, or the point's
set(filter_row_loses_nothing score_filter.cu filter.c CUDA_HOST_ORDER=0)
set(filter_row_loses_nothing_find "bounds_row(norm[row], lost,")
set(filter_row_loses_nothing_replace "bounds_row(norm[row], 0.0f * lost,")
set(filter_point_loses_nothing score_filter.cu filter.c CUDA_HOST_ORDER=0)
set(filter_point_loses_nothing_find "norm[k], slack[k])")
set(filter_point_loses_nothing_replace "norm[k], 0.0f * slack[k])")

# rules R2 and R4 without their margin
set(filter_begins_early score_filter.cu filter.c CUDA_HOST_ORDER=0)
set(filter_begins_early_find "before < low - margin")
set(filter_begins_early_replace "before < low")
set(filter_leaves_shards_early score_filter.cu filter.c CUDA_HOST_ORDER=0)
set(filter_leaves_shards_early_find "< reach - margin")
set(filter_leaves_shards_early_replace "< reach - 0.0f * margin")

# a block's components are listed before all of a tile's rows have said what they need
set(filter_marks_unfinished score_filter.cu filter.c CUDA_HOST_ORDER=2)
set(filter_marks_unfinished_find "  __syncthreads(); /* all rows have said what they need */\n")
set(filter_marks_unfinished_replace "")

# codes are multiplied before they have come
set(filter_codes_not_awaited score_filter.cu filter.c CUDA_HOST_COPIES=0)
set(filter_codes_not_awaited_find "wait_copies<CODES_STAGES - 2>();")
set(filter_codes_not_awaited_replace "wait_copies<CODES_STAGES - 1>();")

# score_survivors.cu: means are copied by a list that is not there yet
set(left_list_unfinished score_survivors.cu filter.c CUDA_HOST_ORDER=2)
set(left_list_unfinished_find "  __syncthreads(); /* the list is there */\n")
set(left_list_unfinished_replace "")

# nobody waits for the others' copies of a slice
set(left_without_barrier score_survivors.cu filter.c CUDA_HOST_ORDER=2)
set(left_without_barrier_find "    __syncthreads(); /* the slice is there")
set(left_without_barrier_replace "    /* the slice is there")

# sums fade at every slice of a block, not at its first alone
set(left_fades_twice score_survivors.cu filter.c CUDA_HOST_ORDER=0)
set(left_fades_twice_find "if (slice.first == 0) fade_chains")
set(left_fades_twice_replace "fade_chains")

# the same kernel where one operand has one part
set(bytes_too_early product_parts.cu cuda/bytes.c CUDA_HOST_COPIES=1)
set(bytes_too_early_find "    await(further_barrier(empty, now.stage), now.phase ^ 1);\n")
set(bytes_too_early_replace "    (void)empty;\n")
set(bytes_not_awaited product_parts.cu cuda/bytes.c CUDA_HOST_COPIES=0)
set(bytes_not_awaited_find "    await(further_barrier(full, now.stage), now.phase);\n")
set(bytes_not_awaited_replace "    (void)full;\n")

# score_bytes.cu: what low and centre add to logits is left out
set(bytes_uncorrected score_bytes.cu cuda/bytes.c CUDA_HOST_ORDER=0)
set(bytes_uncorrected_find "unit * x(row, j) : constant[row]")
set(bytes_uncorrected_replace "unit * x(row, j) : 0.0f")

# so of sums
set(bytes_beside_nothing score_bytes.cu cuda/bytes.c CUDA_HOST_ORDER=0)
set(bytes_beside_nothing_find "f.turned.with(d, p.n + 3)")
set(bytes_beside_nothing_replace "f.turned.with(d, p.n + 1)")

# a row takes the constant of the one before
set(bytes_of_another_row score_bytes.cu cuda/bytes.c CUDA_HOST_ORDER=0)
set(bytes_of_another_row_find "  if (threadIdx.x % 32 == 0) out[row] = (float)sum;")
set(bytes_of_another_row_replace "  if (threadIdx.x % 32 == 0) out[(row + 1) % e.size] = (float)sum;")
