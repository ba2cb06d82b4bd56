#include <map>

#include "base/file.h"
#include "base/text.h"
#include "cmd/context.h"
#include "cmd/verb.h"
#include "cmd/wire_text.h"
#include "store/models.h"
#include "wire/batch.h"
#include "wire/frame.h"
#include "wire/train.h"

namespace masc::cmd {
namespace {

constexpr const char* kFormatPage = "the format is lib/wire/FORMAT.md";

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
           .help = "messages, one a line; none: standard input",
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

Result<std::string> read_input(Context& context, const Options& o) {
  if (o.files.empty()) return read_all(context.outside().input, "standard input");
  std::string all;
  for (const std::string& file : o.files) {
    MASC_TRY(const std::string text, read_file(join_path(context.directory(), file)));
    all += text;
  }
  return all;
}

// Frames one behind the other, each with its length in front.
Result<void> encode(const wire::Model& model, const std::vector<std::string>& messages,
                    const Options& o, Reply& reply) {
  std::string frame;
  const auto put = [&] {
    wire::put_varint(reply.content, frame.size());
    reply.content += frame;
    frame.clear();
  };
  if (o.batch) {
    wire::BatchEncoder batches(model);
    const auto size = static_cast<std::size_t>(*o.batch);
    for (std::size_t i = 0; i < messages.size(); i += size) {
      const std::size_t end = std::min(i + size, messages.size());
      const std::vector<std::string_view> part(messages.begin() + static_cast<std::ptrdiff_t>(i),
                                               messages.begin() + static_cast<std::ptrdiff_t>(end));
      MASC_CHECK(batches.encode(part, frame));
      put();
    }
    return {};
  }
  wire::Encoder encoder(model);
  for (const std::string& message : messages) {
    MASC_CHECK(encoder.encode(message, frame, {.checksum = o.checksum}));
    put();
  }
  return {};
}

Result<void> decode(const wire::Model& model, std::string_view input, const Options& o,
                    Reply& reply) {
  wire::BatchDecoder batches(model);  // which takes frames as well
  const auto print = [&](std::string_view message) {
    reply.content += '"';
    wire::put_json_text(reply.content, message);
    reply.content += "\"\n";
  };
  for (std::size_t number = 1; !input.empty(); ++number) {
    std::uint64_t size = 0;
    if (!wire::take_varint(input, size) || size == 0 || size > input.size())
      return fail(
          error(ErrorCode::kFormat, "what stands at place {} of the input is no frame", number)
              .hint(kFormatPage));
    const std::string_view frame = input.substr(0, size);
    input.remove_prefix(size);
    MASC_TRY(const auto messages, batches.decode(frame, o.checksum));
    for (const std::string& message : messages) print(message);
  }
  return {};
}

// As messages travel alone, without checksum, or in batches, with it.
Result<void> measure(const wire::Model& model, const std::vector<std::string>& messages,
                     const Options& o, Reply& reply) {
  wire::Encoder encoder(model);
  std::string frame;
  for (const std::string& message : messages) {
    frame.clear();
    MASC_TRY(const wire::FrameInfo info, encoder.encode(message, frame));
    for (Sum* sum : {&reply.all, &reply.kinds[std::string(wire::kind_name(info.kind))]}) {
      ++sum->messages;
      sum->text_bytes += message.size();
      sum->frame_bytes += frame.size();
    }
  }
  if (!o.batch) return {};
  Reply batched;
  MASC_CHECK(encode(model, messages, o, batched));
  reply.all.frame_bytes = batched.content.size();
  return {};
}

Result<void> learn(Context& context, const std::vector<std::string>& messages, const Options& o,
                   Reply& reply) {
  wire::Trainer trainer;
  for (const std::string& message : messages) trainer.add(message);
  wire::TrainOptions options;
  if (o.keep) {
    MASC_TRY(const std::string words, read_file(join_path(context.directory(), *o.keep)));
    for (const std::string_view word : split_lines(words)) options.keep.emplace_back(word);
  }
  MASC_TRY(const std::string model, trainer.train(options));
  reply.all.messages = messages.size();
  reply.all.text_bytes = trainer.bytes();
  reply.all.frame_bytes = model.size();
  if (o.output) {
    reply.model = *o.output;
    return write_file(join_path(context.directory(), *o.output), model);
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
  if (auto file = read_file(join_path(context.directory(), *o.model)); file) {
    bytes = std::move(*file);
  } else {
    MASC_TRY(store::Workspace * workspace, context.workspace());
    MASC_TRY(bytes, store::read_model(*workspace, *o.model));
  }
  memory.resize(bytes.size() / sizeof(std::uint64_t) + 1);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(memory.data()));
  return wire::Model::open({reinterpret_cast<const char*>(memory.data()), bytes.size()});
}

Result<Reply> execute(Context& context, const Options& o) {
  if (o.batch && (*o.batch < 1 || static_cast<std::size_t>(*o.batch) > wire::kMostInBatch))
    return fail(ErrorCode::kInvalid, "--batch takes 1 to {} messages", wire::kMostInBatch);
  if ((o.output || o.keep) && *o.action != "train")
    return fail(ErrorCode::kUsage, "-o and --keep are for `wire train`");
  if (o.batch && (*o.action == "decode" || *o.action == "train"))
    return fail(ErrorCode::kUsage, "--batch is for `wire encode` and `wire stat`");
  if (*o.action != "encode" && *o.action != "decode" && *o.action != "stat" &&
      *o.action != "train") {
    return fail(error(ErrorCode::kUsage, "there is no `wire {}`", printable(*o.action))
                    .hint("use encode, decode, stat or train"));
  }
  if ((*o.action == "stat" || *o.action == "train") && o.files.empty())
    return fail(ErrorCode::kUsage, "`wire {}` needs a FILE", *o.action);
  std::vector<std::uint64_t> memory;
  MASC_TRY(const wire::Model model, choose_model(context, o, memory));
  MASC_TRY(const std::string input, read_input(context, o));
  Reply reply;
  reply.action = *o.action;
  if (reply.action == "decode") {
    MASC_CHECK(decode(model, input, o, reply));
    return reply;
  }
  const std::vector<std::string> messages = messages_of_lines(input);
  if (reply.action == "encode") MASC_CHECK(encode(model, messages, o, reply));
  if (reply.action == "stat") MASC_CHECK(measure(model, messages, o, reply));
  if (reply.action == "train") MASC_CHECK(learn(context, messages, o, reply));
  return reply;
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
  out.whole = true;
  out.text = reply.content;
  JsonWriter json(context.globals().json);
  if (reply.action == "encode" || reply.action == "decode") {
    json.field("content", reply.content);
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
