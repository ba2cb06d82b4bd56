// What happens in a workspace, as it happens, read from the refs: whoever moved them, masc, plain
// git or a fetch.
//
// A feed remembers where each chain was when it last looked, so that nothing is told twice and
// nothing is missed however late it looks. Folders of refs are looked at again when their mtime has
// changed, or was too young to be trusted.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/watch.h"
#include "store/mail.h"
#include "store/workspace.h"
#include "wire/datagram.h"
#include "wire/event.h"

namespace masc::store {

class Feed {
 public:
  // Begins now: what is there already is not told.
  static Result<Feed> open(Workspace& workspace, std::string_view listener);

  // What has happened since the last look, in the order of time.
  Result<std::vector<wire::Event>> look();
  // Sleeps until something may have happened, at most `limit`.
  void wait(Duration limit);

 private:
  struct Folder {        // of refs
    std::string prefix;  // "refs/masc/inbox/"
    std::int64_t stamp = 0;
    bool young = true;  // the stamp is no proof yet
    std::map<std::string, std::string> tips;
  };
  Feed(Workspace& workspace, std::optional<wire::Listener> listener)
      : workspace_(&workspace), mail_(workspace), listener_(std::move(listener)) {}
  Result<void> look_at(Folder& folder, bool tell, std::vector<wire::Event>& events);
  Result<void> tell_chain(const std::string& old, const std::string& tip,
                          std::vector<wire::Event>& events);
  Result<void> tell_mail(const std::string& box, std::vector<wire::Event>& events);
  void tell_journal(bool tell, std::vector<wire::Event>& events);
  void watch();

  Workspace* workspace_;
  MailStore mail_;
  std::optional<wire::Listener> listener_;
  std::optional<Watch> watch_;
  std::vector<Folder> folders_;
  std::map<std::string, std::int64_t> mail_seen_;
  std::set<std::string> fresh_, told_;  // broadcasts of this look, and of the last that had any
  std::int64_t packed_ = 0;
  std::size_t journal_lines_ = 0;
  std::int64_t journal_stamp_ = -1;
};

}  // namespace masc::store
