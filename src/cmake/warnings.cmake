# Warnings for everything that is built here. A project that includes this one never gets this far.
set(yot_run_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>)
# Before version 13, g++ takes the storage of an empty std::optional or std::expected for a value.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    list(APPEND yot_run_warnings -Wno-maybe-uninitialized)
endif()
set(CMAKE_COMPILE_WARNING_AS_ERROR ${YOT_RUN_WARNINGS_AS_ERRORS})

add_compile_options(${yot_run_warnings})  # The targets that follow,
foreach(library IN ITEMS yot_run yot_run_simulation yot_run_simulated_kernel)  # and the libraries.
    if(TARGET ${library})
        target_compile_options(${library} PRIVATE ${yot_run_warnings})
        set_target_properties(${library} PROPERTIES
            COMPILE_WARNING_AS_ERROR ${YOT_RUN_WARNINGS_AS_ERRORS})
    endif()
endforeach()
