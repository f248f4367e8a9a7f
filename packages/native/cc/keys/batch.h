#ifndef LATCHKEY_KEYS_BATCH_H_
#define LATCHKEY_KEYS_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "keys/operation.h"
#include "support/bytes.h"

namespace latchkey::keys {

// A batch of operations: packed requests in, packed answers out. Their layout is stated in src/batch.ts.
class Batch {
 public:
  // Nothing if the requests are not packed as they must be. The payloads stay where they are.
  static std::optional<Batch> Parse(ByteView requests);

  // Bytes that the answers take at most.
  size_t AnswersSize() const;
  // Performs all operations and packs the answers into `answers`, AnswersSize() bytes.
  void Perform(uint8_t* answers);

 private:
  std::vector<Operation> operations_;
};

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_BATCH_H_
