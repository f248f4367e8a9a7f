#include "keys/curves/engines.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "keys/curves/multiples.h"
#include "keys/curves/number.h"
#include "support/never_destroyed.h"

// Everything up to the end is compiled for AVX512-IFMA, wherever it comes from. What stands above is not: the linker is
// free to use one translation unit's copy of an inline function for all, also where the CPU cannot run it. Below are
// only templates that LaneUnit is an argument of, so that nobody else has copies of them.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx512ifma")
#endif

#include "keys/curves/ecdsa.h"
#include "keys/curves/lane_unit.h"

namespace latchkey::keys::curves {

namespace {

template <typename Curve>
void SignEightByEight(Signing* signings, size_t count, void* room) {
  static NeverDestroyed<Table<Curve, LaneUnit>> table;
  Ecdsa<Curve, LaneUnit>::Sign(*table, signings, count, room);
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

template <typename Curve>
const Engine* LaneEngine() {
  static constexpr Engine kEngine = {Ecdsa<Curve, LaneUnit>::Sizes(), SignEightByEight<Curve>};
  const bool is_supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                            __builtin_cpu_supports("avx512ifma");
  return is_supported ? &kEngine : nullptr;
}

template const Engine* LaneEngine<P256>();
template const Engine* LaneEngine<P384>();

}  // namespace latchkey::keys::curves

#else

namespace latchkey::keys::curves {

template <typename Curve>
const Engine* LaneEngine() {
  return nullptr;
}

template const Engine* LaneEngine<P256>();
template const Engine* LaneEngine<P384>();

}  // namespace latchkey::keys::curves

#endif
