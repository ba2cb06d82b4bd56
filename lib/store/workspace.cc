#include "store/workspace.h"

#include <sys/stat.h>

#include <charconv>

#include "base/system.h"
#include "base/text.h"
#include "model/task.h"
#include "model/trailers.h"

namespace masc::store {
namespace {

std::string random_hex() { return fmt::format("{:016x}", random_bits()); }

std::string value_of(const model::Message& message, std::string_view key) {
  for (const model::Trailer& trailer : message.trailers) {
    if (trailer.key == key) return trailer.value;
  }
  return "";
}

Result<void> make_folders(const std::string& masc_dir, bool shared) {
  for (const char* folder : {"", "/flock", "/live", "/cache", "/sock", "/trash"}) {
    MASC_CHECK(make_directories(masc_dir + folder));
    // As git does: what is made below belongs to the group of the folder.
    if (shared) chmod((masc_dir + folder).c_str(), 02775);
  }
  return {};
}

// git-config(1), core.sharedRepository: "group" and "all" (and the octal forms with group-write)
// open what is made to the group, whatever the umask says.
bool for_group(std::string_view setting) {
  if (setting.empty() || setting == "umask" || setting == "false" || setting == "0") return false;
  if (setting.starts_with("0")) return setting.size() >= 3 && setting[setting.size() - 2] >= '6';
  return true;
}

Result<void> write_workspace_ref(git::StateRepo& state, std::string_view agent, Instant now) {
  model::Message message;
  message.subject = "masc workspace";
  message.trailers = {{"Masc-Format", std::to_string(model::kFormatVersion)},
                      {"Masc-Workspace", random_hex()}};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  MASC_TRY(const git::ObjectId commit, state.write_commit({git::StateRepo::empty_tree(),
                                                           {},
                                                           std::string(agent),
                                                           seconds.count(),
                                                           model::format_message(message)}));
  MASC_TRY(const FileLock lock, state.lock(kWorkspaceRef));
  auto made = state.swap(kWorkspaceRef, std::nullopt, commit);
  if (!made && made.error().code != ErrorCode::kConflict) return made;
  return {};
}

}  // namespace

Result<Workspace> Workspace::open(const git::Repository& repository) {
  MASC_TRY(git::StateRepo state, git::StateRepo::open(repository.state_dir()));
  if (for_group(state.shared_setting())) share_with_group();
  return Workspace(std::move(state), repository.masc_dir());
}

Result<bool> Workspace::init(const git::Repository& repository, std::string_view shared_setting,
                             std::string_view agent, Instant now) {
  const std::string masc_dir = repository.masc_dir();
  if (for_group(shared_setting)) share_with_group();
  MASC_CHECK(make_folders(masc_dir, for_group(shared_setting)));
  if (!exists(masc_dir + "/clone"))
    MASC_CHECK(write_file(masc_dir + "/clone", random_hex() + "\n"));
  MASC_CHECK(git::StateRepo::create(repository.state_dir(), shared_setting));
  MASC_TRY(Workspace workspace, open(repository));
  MASC_TRY(const auto ref, workspace.state().ref(kWorkspaceRef));
  if (!ref) {
    MASC_CHECK(write_workspace_ref(workspace.state(), agent, now));
  }
  MASC_CHECK(workspace.id());
  return !ref.has_value();
}

Result<std::string> Workspace::clone() const {
  if (!clone_.empty()) return clone_;
  const std::string path = masc_dir_ + "/clone";
  MASC_TRY(auto text, read_file_if_any(path));
  if (!text || trim(*text).size() != 16) {
    MASC_CHECK(write_file(path, random_hex() + "\n"));
    MASC_TRY(text, read_file_if_any(path));
  }
  clone_ = std::string(trim(text.value_or("")));
  return clone_;
}

Result<void> Workspace::renew_clone() {
  clone_.clear();
  return write_file(masc_dir_ + "/clone", random_hex() + "\n");
}

Result<std::string> Workspace::id() const {
  MASC_TRY(const auto ref, state_.ref(kWorkspaceRef));
  if (!ref) {
    return fail(error(ErrorCode::kNoWorkspace, "this masc workspace is incomplete")
                    .hint("masc init   (completes it)"));
  }
  MASC_TRY(const git::Commit commit, state_.commit(*ref));
  MASC_TRY(const model::Message message, model::parse_message(commit.message));
  const std::string format = value_of(message, "Masc-Format");
  int version = 0;
  std::from_chars(format.data(), format.data() + format.size(), version);
  if (version == 0 || version > model::kFormatVersion) {
    return fail(error(ErrorCode::kFormat, "this workspace has format {}; this masc knows {}",
                      printable(format), model::kFormatVersion)
                    .hint("install a newer masc"));
  }
  return value_of(message, "Masc-Workspace");
}

}  // namespace masc::store
