#!/bin/bash -eu
# Builds all fuzzers as ClusterFuzzLite and OSS-Fuzz want it: with their compiler and flags, into
# $OUT, each with its dictionary, options and seed corpus, if there are any. Run in the project's
# folder.
#
# It has been tried with local stand-ins for their variables only: fuzz/check_build_script.
#   CC CXX CXXFLAGS      the compiler, and the flags of the sanitizer and of coverage
#   LIB_FUZZING_ENGINE   what to link: a library, or -fsanitize=fuzzer
#   OUT WORK             where results go; where to build (kept between runs, it saves time)

# libc++ has no std::move_only_function. The library that is used instead is linked statically,
# since the image that runs the fuzzers has not got it.
export CXXFLAGS="${CXXFLAGS//-stdlib=libc++/-stdlib=libstdc++}"
build="$WORK/build"

cmake -S . -B "$build" -G Ninja \
    -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_CXX_FLAGS="$CXXFLAGS" \
    -DCMAKE_EXE_LINKER_FLAGS=-static-libstdc++ \
    -DYOT_RUN_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
    -DYOT_RUN_WITH_PROMETHEUS=OFF
cmake --build "$build" --target fuzzers

while read -r fuzzer; do
    # The canary fails on purpose.
    if [[ $fuzzer == canary ]]; then continue; fi
    cp "$build/fuzz/$fuzzer" "$OUT/"
    for extra in "fuzz/dictionaries/$fuzzer.dict" "fuzz/options/$fuzzer.options"; do
        if [[ -e $extra ]]; then cp "$extra" "$OUT/"; fi
    done
    inputs=()
    for folder in "fuzz/corpus/$fuzzer" "fuzz/regressions/$fuzzer"; do
        if [[ -d $folder ]]; then inputs+=("$folder"/*); fi
    done
    if (( ${#inputs[@]} > 0 )); then
        python3 -m zipfile --create "$OUT/${fuzzer}_seed_corpus.zip" "${inputs[@]}"
    fi
done < "$build/fuzz/fuzzers.txt"
