#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/base64.h"
#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/input.h"
#include "cmd/mails.h"
#include "cmd/progress.h"
#include "cmd/verb.h"
#include "cmd/wire_text.h"
#include "store/models.h"
#include "wire/batch.h"
#include "wire/frame.h"
#include "wire/train.h"

namespace masc::cmd {
namespace {

constexpr std::size_t kMostVarint = 10;
constexpr const char* kFormatPage = "frames are what `masc wire encode` writes   (masc help wire)";

struct Options {
  std::optional<std::string> action, output, model, keep;
  std::vector<std::string> files;
  std::optional<int> batch;
  bool checksum = false;
};
struct Sum {
  std::size_t messages = 0, text_bytes = 0, frame_bytes = 0;
};
struct Reply {
  std::string action, content;
  Sum all;
  std::map<std::string, Sum> kinds;
  std::string model;  // the name of the one that was learnt
};

std::vector<Param> params(Options& o) {
  return {{.names = "ACTION",
           .target = &o.action,
           .value = "",
           .help = "encode, decode, stat or train",
           .completes = Completes::kWords,
           .words = {"encode", "decode", "stat", "train"},
           .required = true},
          {.names = "FILE",
           .target = &o.files,
           .value = "",
           .help = "messages, one a line; none, or -: standard input",
           .completes = Completes::kFile},
          {"--batch", &o.batch, "N", "N messages in a batch instead of one in a frame"},
          {.names = "--checksum",
           .target = &o.checksum,
           .value = "",
           .help = "write, or ask for, a checksum in each frame; batches have one"},
          {"--model", &o.model, "MODEL", "a model that train made: its name, or a file",
           Completes::kFile},
          {"--keep", &o.keep, "FILE", "entries, one a line, that train has to take in",
           Completes::kFile},
          {"-o", &o.output, "FILE", "where train puts the model, instead of into masc's repository",
           Completes::kFile}};
}

constexpr std::size_t kPiece = std::size_t{64} << 10;    // read at once
constexpr std::size_t kMostHeld = std::size_t{1} << 20;  // output that waits for the end
// Of one message: a line of it as JSON, and a frame with its length.
constexpr std::size_t kMostLine = 6 * wire::kMostMessage + 1024;
constexpr std::size_t kMostFrame = 4 * wire::kMostMessage;

// Calls use(piece) with the input, piece by piece, as it comes, and end() behind each file.
template <class Use, class End>
Result<void> each_piece(Context& context, const Options& o, const Use& use, const End& end) {
  std::string piece(kPiece, '\0');
  const auto read_from = [&](int fd, std::string_view what) -> Result<void> {
    for (;;) {
      MASC_TRY(const std::size_t got, read_some(fd, piece.data(), piece.size(), what));
      if (got == 0) return end();
      MASC_CHECK(use(std::string_view(piece).substr(0, got)));
    }
  };
  if (o.files.empty()) return read_from(context.outside().input, "standard input");
  for (const std::string& file : o.files) {
    if (file == "-") {
      MASC_CHECK(read_from(context.outside().input, "standard input"));
      continue;
    }
    MASC_TRY(const Fd opened, open_to_read(join_path(context.directory(), file)));
    MASC_CHECK(read_from(opened.get(), file));
  }
  return {};
}

// Calls use(message) with each message of the input, and pause() when all that was read is used.
template <class Use, class Pause>
Result<void> each_message(Context& context, const Options& o, const Use& use, const Pause& pause) {
  std::string rest;
  const auto take = [&](std::string_view piece) -> Result<void> {
    for (std::size_t end = 0; (end = piece.find('\n')) != std::string_view::npos;) {
      rest += piece.substr(0, end);
      piece.remove_prefix(end + 1);
      MASC_CHECK(use(message_of_line(rest)));
      rest.clear();
    }
    rest += piece;
    if (rest.size() > kMostLine)
      return fail(error(ErrorCode::kInvalid, "a line is longer than {} bytes", kMostLine)
                      .hint("give one message a line   (masc help wire)"));
    return pause();
  };
  return each_piece(context, o, take, [&]() -> Result<void> {
    if (rest.empty()) return {};
    MASC_CHECK(use(message_of_line(rest)));
    rest.clear();
    return {};
  });
}

bool is_regular(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

// What goes to standard output. Little of it waits for the end, so that an error comes alone; much
// of it, or what somebody waits for at the end of a pipe, goes on as it comes.
class Sink {
 public:
  Sink(Context& context, const Options& o, Reply& reply)
      : output_(context.outside().output),
        held_(context.globals().json),
        live_(o.files.empty() && !is_regular(context.outside().input)),
        reply_(reply) {}
  std::string& content() { return reply_.content; }
  Result<void> pass(bool paused) {
    if (held_ || reply_.content.empty()) return {};
    if (!(paused && live_) && reply_.content.size() < kMostHeld) return {};
    MASC_CHECK(write_all(output_, reply_.content, "standard output"));
    reply_.content.clear();
    return {};
  }

 private:
  int output_;
  bool held_, live_;
  Reply& reply_;
};

// Frames or batches one behind the other, each with its length in front.
class FrameWriter {
 public:
  FrameWriter(const wire::Model& model, const Options& o)
      : size_(static_cast<std::size_t>(o.batch.value_or(0))),
        checksum_(o.checksum),
        single_(model),
        batches_(model) {}
  Result<void> put(std::string message, std::string& out) {
    if (size_ == 0) {
      MASC_CHECK(single_.encode(message, frame_, {.checksum = checksum_}));
      close(out);
      return {};
    }
    if (bytes_ + message.size() > wire::kMostBatchBytes) MASC_CHECK(finish(out));
    bytes_ += message.size();
    batch_.push_back(std::move(message));
    return batch_.size() < size_ ? Result<void>{} : finish(out);
  }
  std::size_t waiting() const { return batch_.size(); }  // messages for a batch that is not full
  Result<void> finish(std::string& out) {
    if (batch_.empty()) return {};
    const std::vector<std::string_view> views(batch_.begin(), batch_.end());
    MASC_CHECK(batches_.encode(views, frame_));
    batch_.clear();
    bytes_ = 0;
    close(out);
    return {};
  }

 private:
  void close(std::string& out) {
    wire::put_varint(out, frame_.size());
    out += frame_;
    frame_.clear();
  }

  std::size_t size_;  // 0: no batches
  bool checksum_;
  wire::Encoder single_;
  wire::BatchEncoder batches_;
  std::vector<std::string> batch_;
  std::size_t bytes_ = 0;  // in batch_
  std::string frame_;
};

Result<void> encode(Context& context, const wire::Model& model, const Options& o, Reply& reply) {
  FrameWriter writer(model, o);
  Sink sink(context, o, reply);
  const auto put = [&](std::string message) -> Result<void> {
    MASC_CHECK(writer.put(std::move(message), sink.content()));
    return sink.pass(false);
  };
  MASC_CHECK(each_message(context, o, put, [&] { return sink.pass(true); }));
  return writer.finish(sink.content());
}

Result<void> decode(Context& context, const wire::Model& model, const Options& o, Reply& reply) {
  wire::BatchDecoder frames(model);  // which takes those of one message as well
  Sink sink(context, o, reply);
  std::string rest;
  std::size_t number = 1;
  const auto damaged = [&] {
    return fail(
        error(ErrorCode::kFormat, "what stands at place {} of the input is no frame", number)
            .hint(kFormatPage));
  };
  const auto take = [&](std::string_view piece) -> Result<void> {
    rest += piece;
    std::string_view left = rest;
    for (; !left.empty(); ++number) {
      std::string_view behind = left;
      std::uint64_t size = 0;
      const bool known = wire::take_varint(behind, size);
      if (!known && left.size() < kMostVarint) break;  // it is cut here
      if (!known || size == 0 || size > kMostFrame) return damaged();
      if (size > behind.size()) break;
      MASC_TRY(const auto messages, frames.decode(behind.substr(0, size), o.checksum));
      left = behind.substr(size);
      for (const std::string& message : messages) {
        sink.content() += '"';
        wire::put_json_text(sink.content(), message);
        sink.content() += "\"\n";
      }
      MASC_CHECK(sink.pass(false));
    }
    rest.erase(0, rest.size() - left.size());
    return sink.pass(true);
  };
  // One stream, whatever files it is cut into.
  MASC_CHECK(each_piece(context, o, take, [] { return Result<void>{}; }));
  if (!rest.empty()) return damaged();
  return {};
}

// As messages travel alone, without checksum, or in batches, with it. What a batch takes is shared
// out among its messages by the size of their frames alone, so that the kinds add up to it.
Result<void> measure(Context& context, const wire::Model& model, const Options& o, Reply& reply) {
  struct Part {
    Sum* kind;
    std::size_t size;
  };
  wire::Encoder encoder(model);
  FrameWriter writer(model, o);
  std::string frame, stream;
  std::vector<Part> parts;  // of what is in no batch yet, or in the stream
  const auto share_out = [&] {
    const auto end = parts.end() - static_cast<std::ptrdiff_t>(writer.waiting());
    std::size_t whole = 0, sum = 0, given = 0;
    for (auto part = parts.begin(); part != end; ++part) whole += part->size;
    for (auto part = parts.begin(); part != end; ++part) {
      sum += part->size;
      const std::size_t share = stream.size() * sum / whole - given;
      part->kind->frame_bytes += share;
      given += share;
    }
    reply.all.frame_bytes += given;
    parts.erase(parts.begin(), end);
    stream.clear();
  };
  const auto count = [&](std::string message) -> Result<void> {
    frame.clear();
    MASC_TRY(const wire::FrameInfo info, encoder.encode(message, frame));
    Sum& kind = reply.kinds[std::string(wire::kind_name(info.kind))];
    for (Sum* sum : {&reply.all, &kind}) {
      ++sum->messages;
      sum->text_bytes += message.size();
      if (!o.batch) sum->frame_bytes += frame.size();
    }
    if (!o.batch) return {};
    parts.push_back({&kind, frame.size()});
    MASC_CHECK(writer.put(std::move(message), stream));
    if (!stream.empty()) share_out();
    return {};
  };
  MASC_CHECK(each_message(context, o, count, [] { return Result<void>{}; }));
  if (!o.batch) return {};
  MASC_CHECK(writer.finish(stream));
  share_out();
  return {};
}

// Whether the model would take the place of messages that it is learnt from.
bool replaces_input(Context& context, const Options& o) {
  if (!o.output) return false;
  const auto target = stat_of(join_path(context.directory(), *o.output));
  if (!target || !S_ISREG(target->st_mode)) return false;
  return std::ranges::any_of(o.files, [&](const std::string& file) {
    const auto info = stat_of(join_path(context.directory(), file));
    return info && info->st_dev == target->st_dev && info->st_ino == target->st_ino;
  });
}

Result<void> learn(Context& context, const Options& o, Reply& reply) {
  if (replaces_input(context, o))
    return fail(error(ErrorCode::kInvalid, "'{}' is what is to be learnt from", *o.output)
                    .hint("give -o another file"));
  wire::Trainer trainer;
  const auto add = [&](const std::string& message) -> Result<void> {
    trainer.add(message);
    ++reply.all.messages;
    return {};
  };
  MASC_CHECK(each_message(context, o, add, [] { return Result<void>{}; }));
  wire::TrainOptions options;
  if (o.keep) {
    MASC_TRY(const std::string words,
             read_file_at_most(join_path(context.directory(), *o.keep), kMostFile));
    for (const std::string_view word : split_lines(words)) options.keep.emplace_back(word);
  }
  Progress progress(context, "learning, step");
  options.step = [&progress](std::size_t done, std::size_t all) { progress.at(done, all); };
  MASC_TRY(const std::string model, trainer.train(options));
  reply.all.text_bytes = trainer.bytes();
  reply.all.frame_bytes = model.size();
  if (o.output) {
    reply.model = *o.output;
    return write_output(join_path(context.directory(), *o.output), model);
  }
  MASC_TRY(store::Workspace * workspace, context.workspace());
  MASC_TRY(const Identity* identity, context.identity());
  MASC_TRY(reply.model, store::keep_model(*workspace, model, identity->agent, context.now()));
  return {};
}

// The model to use; `memory` holds it where it is not compiled in.
Result<wire::Model> choose_model(Context& context, const Options& o,
                                 std::vector<std::uint64_t>& memory) {
  if (!o.model) return wire::Model::compiled_in();
  std::string bytes;
  if (auto file = read_file_at_most(join_path(context.directory(), *o.model), kMostFile); file) {
    bytes = std::move(*file);
  } else if (o.model->find('/') != std::string::npos) {
    return fail(std::move(file).error());
  } else {
    MASC_TRY(store::Workspace * workspace, context.workspace());
    MASC_TRY(bytes, store::read_model(*workspace, *o.model));
  }
  memory.resize(bytes.size() / sizeof(std::uint64_t) + 1);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(memory.data()));
  return wire::Model::open({reinterpret_cast<const char*>(memory.data()), bytes.size()});
}

Result<void> check(const Options& o) {
  if (o.batch && (*o.batch < 1 || static_cast<std::size_t>(*o.batch) > wire::kMostInBatch))
    return fail(error(ErrorCode::kInvalid, "--batch takes 1 to {} messages", wire::kMostInBatch)
                    .hint(fmt::format("masc wire {} --batch 100 FILE", *o.action)));
  if ((o.output || o.keep) && *o.action != "train")
    return fail(error(ErrorCode::kUsage, "-o and --keep are for `wire train`")
                    .hint("masc wire train FILE -o MODEL"));
  if (o.batch && (*o.action == "decode" || *o.action == "train"))
    return fail(error(ErrorCode::kUsage, "--batch is for `wire encode` and `wire stat`")
                    .hint("masc wire encode --batch N FILE"));
  if (*o.action != "encode" && *o.action != "decode" && *o.action != "stat" &&
      *o.action != "train") {
    return fail(error(ErrorCode::kUsage, "there is no `wire {}`", printable(*o.action))
                    .hint("use encode, decode, stat or train"));
  }
  if ((*o.action == "stat" || *o.action == "train") && o.files.empty())
    return fail(error(ErrorCode::kUsage, "`wire {}` needs a FILE", *o.action)
                    .hint(fmt::format("masc wire {} FILE", *o.action)));
  return {};
}

Result<Reply> carry_out(Context& context, const Options& o) {
  std::vector<std::uint64_t> memory;
  MASC_TRY(const wire::Model model, choose_model(context, o, memory));
  Reply reply;
  reply.action = *o.action;
  if (reply.action == "encode") MASC_CHECK(encode(context, model, o, reply));
  if (reply.action == "decode") MASC_CHECK(decode(context, model, o, reply));
  if (reply.action == "stat") MASC_CHECK(measure(context, model, o, reply));
  if (reply.action == "train") MASC_CHECK(learn(context, o, reply));
  return reply;
}

std::string advice(const Error& error, std::string_view action) {
  switch (error.code) {
    case ErrorCode::kFormat: return kFormatPage;
    case ErrorCode::kInvalid:
      return action == "train" ? "give it more messages: 20000 bytes of text at least"
                               : "give one message a line   (masc help wire)";
    default: return "name files that can be read, and with -o one that can be written";
  }
}

Result<Reply> execute(Context& context, const Options& o) {
  MASC_CHECK(check(o));
  auto reply = carry_out(context, o);
  if (reply) return reply;
  const std::string hint = advice(reply.error(), *o.action);
  return fail(advised(std::move(reply).error(), hint));
}

std::string saved(const Sum& sum) {
  if (sum.text_bytes == 0) return "-";
  const double share =
      1 - static_cast<double>(sum.frame_bytes) / static_cast<double>(sum.text_bytes);
  return fmt::format("{:.1f} %", share * 100);
}

void put_sum(JsonWriter& json, const Sum& sum) {
  json.field("messages", static_cast<std::uint64_t>(sum.messages))
      .field("text_bytes", static_cast<std::uint64_t>(sum.text_bytes));
  json.field("frame_bytes", static_cast<std::uint64_t>(sum.frame_bytes));
}

Rendered render(Context& context, const Reply& reply) {
  Rendered out;
  out.whole = out.bare = true;
  out.text = reply.content;
  JsonWriter json(context.globals().json);
  if (reply.action == "encode" || reply.action == "decode") {
    if (is_utf8(reply.content)) {
      json.field("content", reply.content);
    } else {
      json.field("content_base64", base64(reply.content));
    }
  } else if (reply.action == "stat") {
    out.text = fmt::format("{} messages, {} bytes of text, {} bytes in frames: {} saved\n",
                           reply.all.messages, reply.all.text_bytes, reply.all.frame_bytes,
                           saved(reply.all));
    for (const auto& [kind, sum] : reply.kinds)
      out.text += fmt::format("{:<16} {:>6} {:>9} -> {:>8}  {} saved\n", kind, sum.messages,
                              sum.text_bytes, sum.frame_bytes, saved(sum));
    put_sum(json, reply.all);
    json.key("kinds").begin_object();
    for (const auto& [kind, sum] : reply.kinds) {
      json.key(kind).begin_object();
      put_sum(json, sum);
      json.end_object();
    }
    json.end_object();
  } else {
    out.text = fmt::format("learnt {} from {} messages with {} bytes of text\n",
                           printable(reply.model), reply.all.messages, reply.all.text_bytes);
    out.quiet = reply.model + "\n";
    json.field("model", reply.model)
        .field("messages", static_cast<std::uint64_t>(reply.all.messages));
    json.field("bytes", static_cast<std::uint64_t>(reply.all.frame_bytes));
  }
  out.json = json.take();
  return out;
}

}  // namespace

const Verb& verb_wire() {
  static const Verb verb =
      define<Options>({.name = "wire",
                       .summary = "turn message texts into frames and back, and measure them",
                       .usage = "wire encode|decode|stat|train [FILE]… [--batch N] [--checksum] "
                                "[--model MODEL] [--keep FILE] [-o FILE]",
                       .exits = "0 1 2 4 6 7",
                       .examples = {"masc wire stat messages.jsonl",
                                    "masc wire encode messages.jsonl | masc wire decode"},
                       .acts = false,
                       .with = {}},
                      params, execute, render);
  return verb;
}

}  // namespace masc::cmd
