#include "keys/multi_buffer/self_test.h"

#include <algorithm>
#include <limits>

#include "keys/multi_buffer/lanes.h"
#include "keys/multi_buffer/test_keys.h"
#include "keys/multi_buffer/trial.h"
#include "keys/openssl_executor.h"
#include "support/error_scope.h"

namespace latchkey::keys::multi_buffer {

namespace {

// The fastest of as many runs: others may use the machine too.
constexpr int kRuns = 3;

}  // namespace

SelfTest TestAlgorithm(const Library& library, Algorithm algorithm) {
  const ErrorScope errors;
  SelfTest test{true, {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}};
  const std::shared_ptr<const Key> key = MakeTestKey(algorithm);
  if (!key) return {false, {}};
  Trial in_lanes(key, kLanes);
  Trial with_openssl(key, kLanes);
  if (!in_lanes.ChooseInputs()) return {false, {}};
  with_openssl.CopyInputs(in_lanes);

  for (int run = 0; run < kRuns; ++run) {
    test.costs.lanes = std::min(test.costs.lanes, MicrosecondsOf([&] {
      PerformInLanes(library, algorithm, in_lanes.operations(), kLanes);
    }));
  }
  for (size_t i = 0; i < kLanes; ++i) {
    test.costs.openssl = std::min(test.costs.openssl, MicrosecondsOf([&] {
      PerformWithOpenssl(with_openssl.operations() + i, 1);
    }));
    test.passed = test.passed && IsRight(*in_lanes.operations()[i], *with_openssl.operations()[i]);
  }
  return test;
}

}  // namespace latchkey::keys::multi_buffer
