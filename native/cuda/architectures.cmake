# What nvcc, of any age, has code for: sets architectures_found, or architectures_missing to one line that says why there
# are none. sm_90a in place of sm_90 where nvcc has it, and so from 12.0 on: all devices of sm_90 run it, and it has wgmma.
# From sm_80 (cp.async) on, and PTX of the oldest, which a driver compiles for any other. `wanted` is ON for the
# generations whose code differs, which is what tests need: 80 runs on 86 and 89 too; all for code of every one, which
# is what is published and takes nvcc three times as long.
# Sets `out` to 90a, or to 90: no list of nvcc's has the first.
function(find_sm_90a nvcc out)
  execute_process(COMMAND ${nvcc} --dryrun -arch=sm_90a -cubin -o none.cubin ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/roof.cu
    OUTPUT_QUIET ERROR_QUIET RESULT_VARIABLE status)
  set(${out} 90 PARENT_SCOPE)
  if(status EQUAL 0)
    set(${out} 90a PARENT_SCOPE)
  endif()
endfunction()

function(find_architectures nvcc wanted)
  set(architectures_found "" PARENT_SCOPE)
  set(architectures_missing "" PARENT_SCOPE)
  execute_process(COMMAND ${nvcc} --list-gpu-code OUTPUT_VARIABLE known ERROR_QUIET RESULT_VARIABLE status)
  string(REGEX MATCHALL "sm_[0-9]+" known "${known}")
  if(status OR NOT "sm_80" IN_LIST known)
    set(architectures_missing "${nvcc} is too old for sm_80" PARENT_SCOPE)
    return()
  endif()
  set(found 80)
  set(newer 90)
  if(wanted STREQUAL all)
    set(newer 86 89 90 100 120)
  endif()
  foreach(next ${newer})
    if("sm_${next}" IN_LIST known)
      if(next EQUAL 90)
        find_sm_90a(${nvcc} next)
      endif()
      list(APPEND found ${next}-real)
    endif()
  endforeach()
  set(architectures_found ${found} PARENT_SCOPE)
endfunction()
