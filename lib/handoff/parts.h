// The facts of a Work as NDJSON, a part each: what people and programs read, and what two
// generations are compared by.
#pragma once

#include <string>

#include "handoff/dna.h"

namespace masc::handoff {

// "user.ndjson", "files.ndjson", … of all facts; "trail.ndjson" of this generation's events.
Parts make_parts(const Dna& dna, const Work& work);

// A fact's stable id: of its part and of what makes it the same fact. A second one of the same, as
// a sentence that is said twice, has "-2" behind it.
std::string fact_id(std::string_view part, std::string_view key);

}  // namespace masc::handoff
