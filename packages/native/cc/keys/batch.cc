#include "keys/batch.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "keys/executor.h"
#include "keys/key_table.h"

namespace latchkey::keys {

namespace {

constexpr size_t kWordSize = sizeof(uint32_t);
constexpr size_t kRecordSize = 3 * kWordSize;
constexpr uint8_t kPayloadIsMessage = 1;

uint32_t ReadWord(const uint8_t* from) {
  uint32_t word;
  memcpy(&word, from, kWordSize);
  return word;
}

void WriteWord(uint8_t* to, size_t value) {
  const auto word = static_cast<uint32_t>(value);
  memcpy(to, &word, kWordSize);
}

size_t RoundUp(size_t length) { return (length + kWordSize - 1) / kWordSize * kWordSize; }

// Why the operation cannot even be tried, if so.
std::optional<Status> Refusal(const Operation& operation);
bool PayloadFits(const Operation& operation);
void PerformInGroups(std::vector<Operation*> operations);

// Operations with equal groups are of one group: their keys are of one type and size.
auto GroupOf(const Operation& operation) {
  return std::make_tuple(FamilyOf(operation.scheme->primitive), operation.key->bits());
}

// Within a group, those with the same key and scheme follow one another.
auto OrderOf(const Operation& operation) {
  return std::tuple_cat(GroupOf(operation), std::make_tuple(operation.key.get(), operation.scheme));
}

}  // namespace

std::optional<Batch> Batch::Parse(ByteView requests) {
  if (requests.size < kWordSize) return std::nullopt;
  const uint32_t count = ReadWord(requests.data);
  if (count > (requests.size - kWordSize) / kRecordSize) return std::nullopt;
  Batch batch;
  batch.operations_.resize(count);
  size_t position = kWordSize;
  for (Operation& operation : batch.operations_) {
    if (position > requests.size || requests.size - position < kRecordSize) return std::nullopt;
    const uint8_t* record = requests.data + position;
    const uint32_t handle = ReadWord(record);
    const uint32_t what = ReadWord(record + kWordSize);
    const uint32_t length = ReadWord(record + 2 * kWordSize);
    position += kRecordSize;
    if (length > requests.size - position) return std::nullopt;
    operation.payload = {requests.data + position, length};
    position += RoundUp(length);
    operation.scheme = FindScheme(what & 0xff);
    operation.payload_is_message = ((what >> 8) & kPayloadIsMessage) != 0;
    operation.client_version = static_cast<uint16_t>(what >> 16);
    operation.key = KeyTable::OfProcess().Find(handle);
  }
  return batch;
}

size_t Batch::AnswersSize() const {
  size_t size = kWordSize + operations_.size() * kRecordSize;
  for (const Operation& operation : operations_)
    if (operation.key) size += operation.key->maximum_answer_length();
  return size;
}

void Batch::Perform(uint8_t* answers) {
  uint8_t* room = answers + kWordSize + operations_.size() * kRecordSize;
  std::vector<Operation*> performable;
  performable.reserve(operations_.size());
  for (Operation& operation : operations_) {
    operation.answer = room;
    if (operation.key) room += operation.key->maximum_answer_length();
    if (const std::optional<Status> refusal = Refusal(operation)) {
      operation.status = *refusal;
    } else {
      performable.push_back(&operation);
    }
  }
  PerformInGroups(std::move(performable));

  WriteWord(answers, operations_.size());
  uint8_t* record = answers + kWordSize;
  for (const Operation& operation : operations_) {
    WriteWord(record, static_cast<uint32_t>(operation.status));
    WriteWord(record + kWordSize, static_cast<size_t>(operation.answer - answers));
    WriteWord(record + 2 * kWordSize, operation.status == Status::kOk ? operation.answer_length : 0);
    record += kRecordSize;
  }
}

namespace {

std::optional<Status> Refusal(const Operation& operation) {
  if (operation.scheme == nullptr) return Status::kUnknownOperation;
  if (!operation.key) return Status::kNoSuchKey;
  if (!operation.key->Performs(operation.scheme->primitive)) return Status::kWrongKeyType;
  if (!PayloadFits(operation)) return Status::kBadLength;
  return std::nullopt;
}

bool PayloadFits(const Operation& operation) {
  switch (operation.scheme->primitive) {
    case Primitive::kRsaBlock:
      return operation.payload.size == operation.key->maximum_answer_length();
    // A premaster secret of any length gets its 48 bytes.
    case Primitive::kRsaPremaster:
    case Primitive::kEd25519:
      return true;
    case Primitive::kRsaPkcs1:
    case Primitive::kRsaPss:
    case Primitive::kEcdsa:
      return operation.payload_is_message || operation.payload.size == operation.scheme->digest_length;
  }
  return false;
}

void PerformInGroups(std::vector<Operation*> operations) {
  std::stable_sort(operations.begin(), operations.end(), [](const Operation* left, const Operation* right) {
    return OrderOf(*left) < OrderOf(*right);
  });
  for (size_t start = 0; start < operations.size();) {
    size_t end = start + 1;
    while (end < operations.size() && GroupOf(*operations[end]) == GroupOf(*operations[start])) ++end;
    PerformGroup(&operations[start], end - start);
    start = end;
  }
}

}  // namespace

}  // namespace latchkey::keys
