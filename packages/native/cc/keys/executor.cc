#include "keys/executor.h"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "keys/curves/curve_arithmetic.h"
#include "keys/multi_buffer/lanes.h"
#include "keys/multi_buffer/multi_buffer.h"
#include "keys/openssl_executor.h"

namespace latchkey::keys {

namespace {

using curves::CurveArithmetic;
using multi_buffer::Algorithm;
using multi_buffer::kLanes;
using multi_buffer::MultiBuffer;

// Nothing if OpenSSL is to do it.
const CurveArithmetic* ArithmeticFor(Algorithm algorithm, size_t count);
void PerformWithCurves(const CurveArithmetic& arithmetic, Operation* const* group, size_t count);
void PerformWithMultiBuffer(Algorithm algorithm, Operation* const* group, size_t count);

}  // namespace

void PerformGroup(Operation* const* group, size_t count) {
  const std::optional<Algorithm> algorithm = multi_buffer::AlgorithmOf(*group[0]);
  if (!algorithm) return PerformWithOpenssl(group, count);
  if (const CurveArithmetic* arithmetic = ArithmeticFor(*algorithm, count))
    return PerformWithCurves(*arithmetic, group, count);
  if (count >= MultiBuffer::OfProcess().BreakEven(*algorithm)) return PerformWithMultiBuffer(*algorithm, group, count);
  PerformWithOpenssl(group, count);
}

namespace {

const CurveArithmetic* ArithmeticFor(Algorithm algorithm, size_t count) {
  const CurveArithmetic* arithmetic = CurveArithmetic::OfProcess(algorithm);
  if (arithmetic == nullptr || !arithmetic->is_in_use() || count < arithmetic->BreakEven()) return nullptr;
  // Where ours computes several side by side it takes about as long for them as the library, and more in a call share an
  // inversion, so that each takes half as long. Of Ed25519 it also finds mistakes before a signature leaves.
  if (arithmetic->lanes() > 1) return arithmetic;
  const multi_buffer::Costs* lanes = MultiBuffer::OfProcess().costs(algorithm);
  const bool others_are_faster =
      lanes != nullptr &&
      std::ceil(static_cast<double>(count) / kLanes) * lanes->lanes < arithmetic->Estimate(count);
  return others_are_faster ? nullptr : arithmetic;
}

// Of whatever has not succeeded, for OpenSSL.
void PerformRest(Operation* const* group, size_t count) {
  std::vector<Operation*> rest;
  std::copy_if(group, group + count, std::back_inserter(rest),
               [](const Operation* operation) { return operation->status != Status::kOk; });
  PerformWithOpenssl(rest.data(), rest.size());
}

void PerformWithCurves(const CurveArithmetic& arithmetic, Operation* const* group, size_t count) {
  std::vector<Operation*> operations;
  operations.reserve(count);
  std::copy_if(group, group + count, std::back_inserter(operations),
               [](const Operation* operation) { return multi_buffer::FitsLanes(*operation); });
  arithmetic.Perform(operations.data(), operations.size());
  PerformRest(group, count);
}

void PerformWithMultiBuffer(Algorithm algorithm, Operation* const* group, size_t count) {
  const MultiBuffer& library = MultiBuffer::OfProcess();
  std::vector<Operation*> operations;
  operations.reserve(count);
  std::copy_if(group, group + count, std::back_inserter(operations),
               [](const Operation* operation) { return multi_buffer::FitsLanes(*operation); });
  for (size_t start = 0; start < operations.size(); start += kLanes) {
    const size_t lanes = std::min(kLanes, operations.size() - start);
    if (lanes >= library.BreakEven(algorithm)) library.Perform(algorithm, operations.data() + start, lanes);
  }
  PerformRest(group, count);
}

}  // namespace

}  // namespace latchkey::keys
