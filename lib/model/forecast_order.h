// In which order claims land with the fewest conflicts.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace masc::model {

// `conflicts`: pairs of claims 0 … count - 1 of which only one lands as it is; a pair of a claim
// with itself means that it does not land at all as it is. First come as many as can land side by
// side (exactly the most for up to 20, a good number beyond), in their own order; then the others,
// those with the fewest conflicts first.
std::vector<std::size_t> landing_order(
    std::size_t count, const std::vector<std::pair<std::size_t, std::size_t>>& conflicts);

}  // namespace masc::model
