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
  void put(RangeEncoder& out, Kind kind, std::size_t shape) {
    const std::size_t symbol = first_[static_cast<std::size_t>(kind)] + shape;
    const std::uint32_t low = edge(sum_before(symbol));
    out.put(low, edge(sum_before(symbol) + counts_[symbol]) - low, kBits);
    saw(symbol);
  }
  void take(RangeDecoder& in, Record& record) {
    const std::uint32_t slot = in.slot(kBits);
    std::uint32_t before = 0;
    std::size_t symbol = 0;
    while (edge(before + counts_[symbol]) <= slot) before += counts_[symbol++];
    in.take(edge(before), edge(before + counts_[symbol]) - edge(before));
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

// One, or how many bits the number has and all but the highest of them.
void put_count(RangeEncoder& out, std::size_t count) {
  out.put(count == 1 ? 0 : 1, 1, 1);
  if (count == 1) return;
  const auto width = static_cast<unsigned>(std::bit_width(count));
  out.put_bits(width, kCountWidth);
  if (width > 1) out.put_bits(count - (std::size_t{1} << (width - 1)), width - 1);
}

std::uint64_t take_count(RangeDecoder& in) {
  if (in.bits(1) == 0) return 1;
  const auto width = static_cast<unsigned>(in.bits(kCountWidth));
  if (width == 0) return 0;
  const std::uint64_t highest = std::uint64_t{1} << (width - 1);
  const std::uint64_t count = highest | (width > 1 ? in.bits(width - 1) : 0);
  if (count == 1) in.fail();  // has a shorter form
  return count;
}

constexpr Column kColumns[] = {Column::kNumbers, Column::kNames, Column::kTexts};

// Calls use(field) for each field of a record, in its order.
template <class Use>
void each_field(const Record& record, const Use& use) {
  if (record.kind == Kind::kOpaque) return;
  for (const Part& part : shapes_of(record.kind)[record.shape].parts) {
    if (part.field == Field::kEnd) return;
    use(part.field);
  }
}

}  // namespace

Result<void> BatchEncoder::encode(std::span<const std::string_view> messages, std::string& out,
                                  bool checksum) {
  std::size_t size = 0;
  for (const std::string_view message : messages) size += message.size();
  if (messages.size() > kMostInBatch || size > kMostBatchBytes)
    return fail(ErrorCode::kInvalid, "{} messages of {} bytes are too much for one batch",
                messages.size(), size);
  const std::size_t begin = out.size();
  const Coding coding = checksum ? Coding::kExtended : Coding::kModel;
  out.push_back(
      static_cast<char>(static_cast<unsigned>(Kind::kBatch) | static_cast<unsigned>(coding) << 6));
  out.push_back(static_cast<char>(model_.profile()));
  if (records_.size() < messages.size()) records_.resize(messages.size());
  const std::span records = std::span(records_).first(messages.size());
  RangeEncoder range(out);
  put_count(range, messages.size());
  ShapeCounts shapes;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    take_apart(messages[i], records[i]);
    shapes.put(range, records[i].kind, records[i].shape);
  }
  text_.restart();
  Memory memory;
  memory.kept = messages.size() > 1;
  FieldWriter writer(range, text_, memory);
  for (const Column column : kColumns) {
    for (const Record& record : records) {
      const Value* value = record.values.data();
      each_field(record, [&](Field field) {
        in_column(field, column) ? writer.put(field, value) : FieldWriter::skip(field, value);
      });
      if (record.kind == Kind::kOpaque && column == Column::kTexts)
        text_.put(range, value->text, Start::kOther);
    }
  }
  range.finish();
  if (!checksum) return {};
  std::uint32_t sum = checksum_of(std::string_view(out).substr(begin));
  for (int i = 0; i < 4; ++i, sum >>= 8) out.push_back(static_cast<char>(sum));
  return {};
}

Result<std::vector<std::string>> BatchDecoder::decode(std::string_view batch, bool needs_checksum) {
  if (batch.size() < 3) return damaged("it is cut");
  const auto head = static_cast<unsigned char>(batch[0]);
  const auto coding = static_cast<Coding>(head >> 6);
  if ((head & 63) != static_cast<unsigned>(Kind::kBatch) ||
      (coding != Coding::kModel && coding != Coding::kExtended))
    return damaged("it is none");
  if (static_cast<std::uint8_t>(batch[1]) != model_.profile())
    return fail(ErrorCode::kFormat, "this batch was made with model {:02x}, and this is {:02x}",
                static_cast<std::uint8_t>(batch[1]), model_.profile());
  if (needs_checksum && coding != Coding::kExtended) return damaged("it has no checksum");
  std::string_view payload = batch.substr(2);
  if (coding == Coding::kExtended) {
    if (payload.size() < 4) return damaged("it is cut");
    std::uint32_t sum = 0;
    for (std::size_t i = 4; i > 0; --i)
      sum = sum << 8 | static_cast<unsigned char>(batch[batch.size() - 5 + i]);
    payload.remove_suffix(4);
    if (checksum_of(batch.substr(0, batch.size() - 4)) != sum)
      return damaged("its checksum is wrong");
  }
  RangeDecoder in(payload);
  const std::uint64_t count = take_count(in);
  if (count > kMostInBatch) return damaged("it has too many messages");
  ShapeCounts shapes;
  std::vector<Record> records;
  for (std::uint64_t i = 0; i < count && !in.exhausted(); ++i)
    shapes.take(in, records.emplace_back());
  TextDecoder text(model_, kMostBatchBytes);
  Memory memory;
  memory.kept = count > 1;
  FieldReader reader(in, text, memory);
  // What a column yields lies in one line; where each field's part begins is found again when they
  // are joined.
  std::vector<std::vector<Value>> columns[3];
  for (std::size_t c = 0; c < 3; ++c) {
    columns[c].resize(records.size());
    for (std::size_t i = 0; i < records.size() && !in.exhausted(); ++i) {
      each_field(records[i], [&](Field field) {
        if (in_column(field, kColumns[c]) && !in.exhausted()) reader.take(field, columns[c][i]);
      });
      if (records[i].kind == Kind::kOpaque && kColumns[c] == Column::kTexts)
        reader.take_opaque(columns[c][i]);
    }
  }
  if (!in.clean() || records.size() != count)
    return damaged("its columns end too soon or too late");
  std::vector<std::string> messages(records.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Value* at[3];
    for (std::size_t c = 0; c < 3; ++c) {
      reader.settle(columns[c][i]);
      at[c] = columns[c][i].data();
    }
    if (records[i].kind == Kind::kOpaque) records[i].values = columns[2][i];
    each_field(records[i], [&](Field field) {
      for (std::size_t c = 0; c < 3; ++c) {
        if (!in_column(field, kColumns[c])) continue;
        const Value* from = at[c];
        FieldWriter::skip(field, at[c]);
        records[i].values.insert(records[i].values.end(), from, at[c]);
      }
    });
    put_together(records[i], messages[i]);
    total += messages[i].size();
    if (total > kMostBatchBytes) return damaged("it expands too far");
    if (records[i].kind != Kind::kOpaque && !is_utf8(messages[i]))
      return damaged("its text is no UTF-8");
  }
  return messages;
}

}  // namespace masc::wire
