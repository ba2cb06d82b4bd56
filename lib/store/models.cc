#include "store/models.h"

#include "base/text.h"
#include "model/trailers.h"
#include "wire/model.h"

namespace masc::store {
namespace {

constexpr const char* kModelRefs = "refs/masc/models/";
constexpr const char* kModelFile = "model.bin";

}  // namespace

Result<std::string> keep_model(Workspace& workspace, std::string_view bytes, std::string_view agent,
                               Instant now) {
  git::StateRepo& state = workspace.state();
  const std::string name = wire::content_name(bytes);
  const std::string ref = kModelRefs + name;
  MASC_TRY(const FileLock lock, state.lock(ref));
  MASC_TRY(const auto old, state.ref(ref));
  if (old) return name;
  MASC_TRY(const git::ObjectId blob, state.write_blob(bytes));
  git::Commit commit;
  MASC_TRY(commit.tree, state.write_tree({{0100644, kModelFile, blob}}));
  commit.author = std::string(agent);
  commit.seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  model::Message message;
  message.subject = "model " + name;
  message.trailers = {{"Masc-Format", "1"}, {"Masc-Agent", std::string(agent)}};
  commit.message = model::format_message(message);
  MASC_TRY(const git::ObjectId next, state.write_commit(commit));
  MASC_CHECK(state.swap(ref, std::nullopt, next));
  return name;
}

Result<std::string> read_model(const Workspace& workspace, const std::string& name) {
  const git::StateRepo& state = workspace.state();
  const auto unknown = [&] {
    return fail(error(ErrorCode::kNotFound, "there is no model '{}'", printable(name))
                    .hint("masc git for-each-ref refs/masc/models"));
  };
  if (name.size() != 16 || name.find_first_not_of("0123456789abcdef") != std::string::npos)
    return unknown();
  MASC_TRY(const auto ref, state.ref(kModelRefs + name));
  if (!ref) return unknown();
  MASC_TRY(const git::Commit commit, state.commit(*ref));
  MASC_TRY(const auto tree, state.tree(commit.tree));
  if (tree.size() != 1 || tree[0].name != kModelFile)
    return fail(ErrorCode::kFormat, "the model {} is damaged", name);
  MASC_TRY(std::string bytes, state.blob(tree[0].id));
  if (wire::content_name(bytes) != name)
    return fail(ErrorCode::kFormat, "the model {} is damaged", name);
  return bytes;
}

}  // namespace masc::store
