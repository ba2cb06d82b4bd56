#include "store/portals.h"

#include <algorithm>

#include "base/system.h"
#include "base/text.h"
#include "model/id.h"
#include "model/trailers.h"
#include "store/announce.h"

namespace masc::store {
namespace {

std::string ref_of(const std::string& id) { return std::string(kPortalRefs) + id; }

std::string fresh_id() {
  const std::uint64_t bits = random_bits();
  unsigned char bytes[8];
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(bits >> (8 * i));
  return "p-" + std::string(model::TaskId::from_bytes(bytes, 8).digits());
}

const std::string& other_of(const model::Portal& portal, const std::string& agent) {
  return agent == portal.from ? portal.to : portal.from;
}

// The same reply again with nothing between: a command that was repeated, after a kill say.
bool was_said(const PortalView& view, const std::string& agent, const std::string& body) {
  if (view.portal.state != model::PortalState::kReplying || view.messages.empty()) return false;
  const Mail& last = view.messages.back();
  return view.portal.version.starts_with(last.id) && last.from == agent && last.body == body;
}

Error not_found(const std::string& text) {
  return error(ErrorCode::kNotFound, "there is no portal {}", printable(text))
      .hint("masc portal list");
}

}  // namespace

Result<git::ObjectId> PortalStore::write(const model::Portal& portal, const std::string& agent,
                                         const std::string& subject, const std::string& body,
                                         const std::optional<git::ObjectId>& parent, Instant now) {
  git::StateRepo& state = workspace_.state();
  git::Commit commit;
  commit.tree = git::StateRepo::empty_tree();
  if (!body.empty()) {
    MASC_TRY(const git::ObjectId blob, state.write_blob(body));
    MASC_TRY(commit.tree, state.write_tree({{0100644, "body", blob}}));
  }
  if (parent) commit.parents = {*parent};
  commit.author = agent;
  commit.seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  model::Message message;
  message.subject = subject;
  message.trailers = {{"Masc-Format", "1"},
                      {"Masc-Event", "portal"},
                      {"Masc-Agent", agent},
                      {"Masc-Portal", portal.id},
                      {"Masc-From", portal.from},
                      {"Masc-To", portal.to},
                      {"Masc-State", std::string(model::portal_state_name(portal.state))},
                      {"Masc-Sent", format_time_exact(now)},
                      {"Masc-Opened", format_time_exact(portal.opened)},
                      {"Masc-Expires", format_time_exact(portal.expires)}};
  if (!portal.task.empty()) message.trailers.push_back({"Masc-Task", portal.task});
  commit.message = model::format_message(message);
  return state.write_commit(commit);
}

Result<PortalView> PortalStore::read(const std::string& id, const git::ObjectId& tip) const {
  auto view = read_chain(tip);
  if (view) return view;
  Error error = std::move(view).error();
  error.message = fmt::format("the portal {} can't be read: {}", id, error.message);
  return fail(std::move(error).hint(fmt::format("masc git log {}", ref_of(id))));
}

Result<PortalView> PortalStore::read_chain(const git::ObjectId& tip) const {
  const git::StateRepo& state = workspace_.state();
  PortalView view;
  view.portal.version = tip.hex();
  std::optional<git::ObjectId> at = tip;
  for (bool newest = true; at; newest = false) {
    MASC_TRY(const git::Commit commit, state.commit(*at));
    MASC_TRY(const model::Message message, model::parse_message(commit.message));
    Mail mail;
    model::Portal portal;
    for (const auto& [key, value] : message.trailers) {
      if (key == "Masc-Agent") mail.from = value;
      if (key == "Masc-Portal") portal.id = value;
      if (key == "Masc-From") portal.from = value;
      if (key == "Masc-To") portal.to = value;
      if (key == "Masc-Task") portal.task = value;
      if (key == "Masc-State") {
        MASC_TRY(portal.state, model::parse_portal_state(value));
      }
      Instant* time = key == "Masc-Sent"      ? &mail.at
                      : key == "Masc-Opened"  ? &portal.opened
                      : key == "Masc-Expires" ? &portal.expires
                                              : nullptr;
      if (time != nullptr) {
        MASC_TRY(*time, parse_time(value));
      }
    }
    if (newest) {
      portal.version = tip.hex();
      view.portal = portal;
    }
    if (commit.tree != git::StateRepo::empty_tree()) {
      MASC_TRY(const auto tree, state.tree(commit.tree));
      MASC_TRY(mail.body, state.blob(tree.front().id));
      mail.id = at->hex().substr(0, 12);
      mail.to = mail.from == portal.from ? portal.to : portal.from;
      mail.portal = portal.id;
      mail.task = portal.task;
      view.messages.push_back(std::move(mail));
    }
    at = commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
  }
  std::reverse(view.messages.begin(), view.messages.end());
  return view;
}

// What happened reaches the other one's inbox, so that `inbox --wait` is enough to hear of it. The
// caller holds the flocks of both refs. Should a kill come between, a step was told and can be
// repeated, and a new portal is there: nobody is told of one that isn't, or waits for nothing. The
// same step from the same state has the same message, so that repeating it tells it once.
Result<void> PortalStore::move(git::RefMove portal, const model::Portal& as,
                               const std::string& agent, const std::string& body, Instant now) {
  wire::Event event;
  event.name = "portal";
  event.at = now;
  event.agent = agent;
  event.to = other_of(as, agent);
  event.id = as.id;
  event.task = as.task;
  event.state = std::string(model::portal_state_name(as.state));
  event.text = body;
  MailStore::Letter letter;
  letter.box = event.to;
  const std::string before = portal.expected ? portal.expected->hex() : "";
  letter.mail.id =
      before.empty()
          ? MailStore::fresh_id()
          : MailStore::id_of(fmt::format("{} {} {} {}", before, agent, event.state, body));
  letter.mail.from = agent;
  letter.mail.to = event.to;
  letter.mail.at = now;
  letter.mail.task = as.task;
  letter.mail.portal = as.id;
  letter.mail.body = body.empty() ? fmt::format("{} is {}", as.id, event.state) : body;
  MASC_TRY(const bool told, mail_.holds(letter.box, letter.mail.id, as.opened));
  std::vector<git::RefMove> moves = {std::move(portal)};
  if (!told) {
    MASC_TRY(git::RefMove inbox, mail_.prepare(letter));
    moves.insert(before.empty() ? moves.end() : moves.begin(), std::move(inbox));
  }
  MASC_CHECK(workspace_.state().swap_all(moves));
  announce(workspace_.masc_dir(), event);
  announce(workspace_.masc_dir(), event_of(letter.mail));
  return {};
}

Result<PortalView> PortalStore::open(const std::string& from, const std::string& to,
                                     const std::string& task, const std::string& body,
                                     Instant now) {
  MASC_CHECK(workspace_.id());
  git::StateRepo& state = workspace_.state();
  model::Portal portal;
  portal.from = from;
  portal.to = to;
  portal.task = task;
  portal.opened = now;
  portal.expires = now + model::kPortalTerm;
  for (int attempt = 0; attempt < 10; ++attempt) {
    portal.id = fresh_id();
    const std::string ref = ref_of(portal.id);
    MASC_TRY(const auto locks, state.lock_each({ref, MailStore::ref_of(to)}));
    MASC_TRY(const git::ObjectId tip,
             write(portal, from, fmt::format("portal from {} to {}", from, to), body, std::nullopt,
                   now));
    auto made = move({ref, std::nullopt, tip}, portal, from, body, now);
    if (!made && made.error().code == ErrorCode::kConflict) continue;
    if (!made) return fail(std::move(made).error());
    return read(portal.id, tip);
  }
  return fail(ErrorCode::kBug, "no free id was found");
}

Result<PortalStore::Done> PortalStore::act(const std::string& id, const std::string& agent,
                                           model::PortalAct act, const std::string& body,
                                           Instant now) {
  MASC_CHECK(workspace_.id());
  git::StateRepo& state = workspace_.state();
  const std::string ref = ref_of(id);
  MASC_TRY(const PortalView before, load(id));  // its parties never change
  const std::string other = other_of(before.portal, agent);
  MASC_TRY(const auto locks, state.lock_each({ref, MailStore::ref_of(other)}));
  for (int attempt = 0; attempt < 10; ++attempt) {
    MASC_TRY(const auto tip, state.ref(ref));
    if (!tip) return fail(not_found(id));
    MASC_TRY(PortalView view, read(id, *tip));
    MASC_TRY(const auto next, model::decide_portal(view.portal, agent, act, now));
    if (!next || (act == model::PortalAct::kReply && was_said(view, agent, body)))
      return Done{std::move(view), false};
    view.portal.state = *next;
    const std::string subject = fmt::format("{} {} by {}", model::portal_act_name(act), id, agent);
    MASC_TRY(const git::ObjectId made, write(view.portal, agent, subject, body, tip, now));
    auto moved = move({ref, tip, made}, view.portal, agent, body, now);
    if (!moved && moved.error().code == ErrorCode::kConflict) continue;
    if (!moved) return fail(std::move(moved).error());
    MASC_TRY(PortalView again, read(id, made));
    return Done{std::move(again), true};
  }
  return fail(ErrorCode::kBusy, "{} changes all the time", id);
}

Result<PortalView> PortalStore::load(const std::string& id) const {
  MASC_TRY(const auto tip, workspace_.state().ref(ref_of(id)));
  if (!tip) return fail(not_found(id));
  return read(id, *tip);
}

Result<std::vector<PortalView>> PortalStore::all(const Damaged& damaged) const {
  MASC_TRY(const auto refs, workspace_.state().refs(std::string(kPortalRefs)));
  std::vector<PortalView> views;
  for (const git::Ref& ref : refs) {
    const std::string id(base_name(ref.name));
    auto view = read(id, ref.id);
    if (view)
      views.push_back(std::move(*view));
    else
      damaged(id, view.error());
  }
  std::stable_sort(views.begin(), views.end(), [](const PortalView& a, const PortalView& b) {
    return a.portal.opened < b.portal.opened;
  });
  return views;
}

Result<std::string> PortalStore::resolve(const std::string& text) const {
  if (!text.starts_with("p-") || text.size() < 6 ||
      text.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz-") != std::string::npos)
    return fail(error(ErrorCode::kInvalid,
                      "'{}' is no portal's id: p- and 8 digits, of which 4 at least are needed",
                      printable(text))
                    .hint("masc portal list"));
  MASC_TRY(const auto refs, workspace_.state().refs(std::string(kPortalRefs)));
  std::vector<std::string> found;
  for (const git::Ref& ref : refs)
    if (base_name(ref.name).starts_with(text)) found.emplace_back(base_name(ref.name));
  if (found.size() == 1) return found.front();
  if (found.empty()) return fail(not_found(text));
  const std::string list = join_words(found, ", ");
  return fail(error(ErrorCode::kAmbiguous, "'{}' begins the ids of {} portals", text, found.size())
                  .hint("write more of it: " + list)
                  .fact("candidates", list));
}

}  // namespace masc::store
