// Packing masc's own repository. git's gc can't: extensions.preciousObjects has it keep everything,
// since beside writers it would lose objects they are about to need. Here every flock is held, so
// no writer is between its objects and its ref; and what was written before is younger than a day.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "git/process.h"
#include "git/state_repo.h"

namespace masc::git {

// Puts everything that refs reach into one pack, then drops what that pack holds elsewhere, and
// loose objects that nothing reaches and that are older than a day. Returns the bytes that are free
// now. The caller holds every flock (StateRepo::lock_all). Killed at any moment, it leaves every
// object in at least one place. Starts two gits.
Result<std::uint64_t> repack(const Git& git, const StateRepo& state, Instant now);

}  // namespace masc::git
