#include "keys/executor.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "keys/multi_buffer/lanes.h"
#include "keys/multi_buffer/multi_buffer.h"
#include "keys/openssl_executor.h"

namespace latchkey::keys {

using multi_buffer::kLanes;
using multi_buffer::MultiBuffer;

void PerformGroup(Operation* const* group, size_t count) {
  const MultiBuffer& multi_buffer = MultiBuffer::OfProcess();
  const std::optional<multi_buffer::Algorithm> algorithm = multi_buffer::AlgorithmOf(*group[0]);
  const size_t break_even = algorithm ? multi_buffer.BreakEven(*algorithm) : MultiBuffer::kNever;
  if (count < break_even) return PerformWithOpenssl(group, count);

  std::vector<Operation*> for_lanes;
  std::vector<Operation*> for_openssl;
  for_lanes.reserve(count);
  for (size_t i = 0; i < count; ++i)
    (multi_buffer::FitsLanes(*group[i]) ? for_lanes : for_openssl).push_back(group[i]);
  for (size_t start = 0; start < for_lanes.size(); start += kLanes) {
    Operation* const* operations = for_lanes.data() + start;
    const size_t lanes = std::min(kLanes, for_lanes.size() - start);
    if (lanes >= break_even) multi_buffer.Perform(*algorithm, operations, lanes);
    // What too few are left of, and what went wrong in a lane.
    std::copy_if(operations, operations + lanes, std::back_inserter(for_openssl),
                 [](const Operation* operation) { return operation->status != Status::kOk; });
  }
  PerformWithOpenssl(for_openssl.data(), for_openssl.size());
}

}  // namespace latchkey::keys
