// Portals: refs/masc/portals/<id>, a chain, one commit for each thing that one of the two did.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/portal.h"
#include "store/mail.h"

namespace masc::store {

inline constexpr std::string_view kPortalRefs = "refs/masc/portals/";

struct PortalView {
  model::Portal portal;
  std::vector<Mail> messages;  // oldest first
};

class PortalStore {
 public:
  PortalStore(Workspace& workspace, MailStore& mail) : workspace_(workspace), mail_(mail) {}

  // `body` may be empty. The other one finds it in its inbox too.
  Result<PortalView> open(const std::string& from, const std::string& to, const std::string& task,
                          const std::string& body, Instant now);
  struct Done {
    PortalView view;
    bool changed = false;
  };
  Result<Done> act(const std::string& id, const std::string& agent, model::PortalAct act,
                   const std::string& body, Instant now);
  Result<PortalView> load(const std::string& id) const;  // kNotFound
  // All, the oldest first. What can't be read is left out, and told to `damaged`.
  using Damaged = std::function<void(const std::string& id, const Error& error)>;
  Result<std::vector<PortalView>> all(const Damaged& damaged) const;
  // A unique prefix of at least 4 characters behind "p-". kInvalid, kNotFound, kAmbiguous.
  Result<std::string> resolve(const std::string& text) const;

 private:
  Result<PortalView> read(const std::string& id, const git::ObjectId& tip) const;
  Result<PortalView> read_chain(const git::ObjectId& tip) const;
  Result<git::ObjectId> write(const model::Portal& portal, const std::string& agent,
                              const std::string& subject, const std::string& body,
                              const std::optional<git::ObjectId>& parent, Instant now);
  Result<void> move(git::RefMove portal, const model::Portal& as, const std::string& agent,
                    const std::string& body, Instant now);

  Workspace& workspace_;
  MailStore& mail_;
};

}  // namespace masc::store
