#include "wire/batch.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace masc::wire {
namespace {

constexpr unsigned kCountWidth = 5;

// What a group of agents at work says many times an hour.
bool is_frequent(Kind kind) {
  switch (kind) {
    case Kind::kTaskCreated:
    case Kind::kTaskClaimed:
    case Kind::kTaskRenewed:
    case Kind::kTaskDone:
    case Kind::kTaskReleased:
    case Kind::kLock:
    case Kind::kUnlock:
    case Kind::kHeartbeat:
    case Kind::kBroadcast:
    case Kind::kMessage:
    case Kind::kPortal:
    case Kind::kPheromone:
    case Kind::kCall:
    case Kind::kResult: return true;
    default: return false;
  }
}

// Kind and shape as one symbol, and how often each was seen in this batch.
class ShapeCounts {
 public:
  ShapeCounts() {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      first_[kind] = counts_.size();
      const std::uint32_t usual = is_frequent(static_cast<Kind>(kind)) ? 8 : 2;
      if (kind == 0) {
        counts_.push_back(usual);
        continue;
      }
      const auto shapes = shapes_of(static_cast<Kind>(kind));
      for (const Shape& shape : shapes)
        counts_.push_back(
            shapes.size() == 1 ? usual : std::max<std::uint32_t>(shape.weight * usual / 64, 1));
    }
    first_[kKinds] = counts_.size();
    for (const std::uint32_t count : counts_) total_ += count;
  }
  void put(AnsEncoder& out, Kind kind, std::size_t shape) {
    const std::size_t symbol = first_[static_cast<std::size_t>(kind)] + shape;
    const std::uint32_t low = edge(sum_before(symbol));
    out.put(low, edge(sum_before(symbol) + counts_[symbol]) - low, kBits);
    saw(symbol);
  }
  void take(AnsDecoder& in, Record& record) {
    const std::uint32_t slot = in.slot(kBits);
    std::uint32_t before = 0;
    std::size_t symbol = 0;
    while (edge(before + counts_[symbol]) <= slot) before += counts_[symbol++];
    in.take(edge(before), edge(before + counts_[symbol]) - edge(before), kBits);
    saw(symbol);
    std::size_t kind = 0;
    while (first_[kind + 1] <= symbol) ++kind;
    record.kind = static_cast<Kind>(kind);
    record.shape = symbol - first_[kind];
  }

 private:
  static constexpr unsigned kBits = 14;
  static constexpr std::uint32_t kStep = 32;
  static constexpr std::uint32_t kMost = 8192;

  std::uint32_t sum_before(std::size_t symbol) const {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < symbol; ++i) sum += counts_[i];
    return sum;
  }
  std::uint32_t edge(std::uint32_t sum) const { return (sum << kBits) / total_; }
  void saw(std::size_t symbol) {
    counts_[symbol] += kStep;
    total_ += kStep;
    if (total_ < kMost) return;
    total_ = 0;
    for (std::uint32_t& count : counts_) total_ += count = (count + 1) / 2;
  }

  std::size_t first_[kKinds + 1];
  std::vector<std::uint32_t> counts_;
  std::uint32_t total_ = 0;
};

tl::unexpected<Error> damaged(const char* what) {
  return fail(ErrorCode::kFormat, "this batch is damaged: {}", what);
}

// How many bits the number has, and all but the highest of them. One has no coding: see below.
void put_count(AnsEncoder& out, std::size_t count) {
  const auto width = static_cast<unsigned>(std::bit_width(count));
  out.put_bits(width, kCountWidth);
  if (width > 1) out.put_bits(count - (std::size_t{1} << (width - 1)), width - 1);
}

std::uint64_t take_count(AnsDecoder& in) {
  const auto width = static_cast<unsigned>(in.bits(kCountWidth));
  if (width == 1) in.fail();
  return width < 2 ? 0 : std::uint64_t{1} << (width - 1) | in.bits(width - 1);
}

}  // namespace

Result<void> BatchEncoder::encode(std::span<const std::string_view> messages, std::string& out,
                                  bool checksum) {
  if (messages.size() == 1) {
    MASC_CHECK(single_.encode(messages[0], out, {.checksum = checksum}));
    return {};
  }
  std::size_t size = 0;
  for (const std::string_view message : messages) size += message.size();
  const auto too_much = [&] {
    return fail(ErrorCode::kInvalid, "{} messages of {} bytes are too much for one batch",
                messages.size(), size);
  };
  if (messages.size() > kMostInBatch || size > kMostBatchBytes) return too_much();
  if (records_.size() < messages.size()) records_.resize(messages.size());
  const std::span records = std::span(records_).first(messages.size());
  std::size_t values = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    take_apart(messages[i], records[i]);
    values += records[i].values.size();
  }
  if (values > kMostValues) return too_much();
  put_count(coding_, messages.size());
  ShapeCounts shapes;
  for (const Record& record : records) shapes.put(coding_, record.kind, record.shape);
  text_.restart();
  Memory memory;
  memory.kept = true;
  FieldWriter(coding_, text_, memory).put_all(records);
  const std::size_t begin = out.size();
  out.append(2, '\0');
  coding_.finish(out);
  close_frame(model_, Kind::kBatch, Coding::kModel, checksum, begin, out);
  return {};
}

Result<std::vector<std::string>> BatchDecoder::decode(std::string_view batch, bool needs_checksum) {
  MASC_TRY(const FrameHead head, open_frame(model_, batch, needs_checksum));
  if (head.kind != Kind::kBatch) {
    std::vector<std::string> one(1);
    MASC_CHECK(single_.decode(batch, one[0], needs_checksum));
    return one;
  }
  if (head.coding != Coding::kModel) return damaged("its header is none");
  AnsDecoder in(head.payload);
  const std::uint64_t count = take_count(in);
  if (count > kMostInBatch) return damaged("it has too many messages");
  ShapeCounts shapes;
  std::vector<Record> records(count);
  for (Record& record : records) shapes.take(in, record);
  TextDecoder text(model_, kMostBatchBytes);
  Memory memory;
  memory.kept = true;
  FieldReader reader(in, text, memory, kMostBatchBytes);
  if (!reader.take_all(records) || !in.clean())
    return damaged("its columns end too soon or too late");
  std::vector<std::string> messages(records.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!put_together(records[i], kMostBatchBytes - total, messages[i]))
      return damaged("it expands too far");
    total += messages[i].size();
    if (records[i].kind != Kind::kOpaque && !is_utf8(messages[i]))
      return damaged("its text is no UTF-8");
  }
  return messages;
}

}  // namespace masc::wire
