// property_tests/parts/slab_reference.hpp: holds what a slab (reactor/slab.hpp) did to what it
// promises. Which slot it hands out is its own choice, so each thing that it did is told and
// judged. Used by: the property and the fuzzer slab.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

namespace reference {

// What is wrong, in words that live for ever; null: nothing.
using complaint = const char*;

class slab {
public:
    // `capacity`: no index is as large. Slots hold zero before they are used.
    slab(std::uint32_t first_chunk, std::uint32_t capacity)
        : first_chunk_(first_chunk), capacity_(capacity) {}

    [[nodiscard]] bool is_sealed() const { return is_sealed_; }
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    // REQUIRES: some are held.
    [[nodiscard]] std::uint32_t nth_held(std::size_t which) const {
        return *std::next(held_.begin(), std::ptrdiff_t(which % held_.size()));
    }
    [[nodiscard]] std::uint64_t content(std::uint32_t index) const { return content_.at(index); }

    // A slot was acquired, in which `found` is written.
    [[nodiscard]] complaint acquired(std::uint32_t index, const void* address,
                                     std::uint64_t found) {
        if (is_sealed_) return "a sealed slab hands out a slot";
        if (index >= capacity_) return "an index beyond the capacity";
        const bool was_free_before = held_.size() < content_.size();
        if (!held_.insert(index).second) return "a slot is handed out twice";
        const bool is_new = content_.emplace(index, 0).second;
        if (is_new && was_free_before) return "a new slot, though there is a free one";
        if (found != content_.at(index)) return "a slot is not handed out as it was left";
        return seen(index, address);
    }
    void write(std::uint32_t index, std::uint64_t content) { content_.at(index) = content; }
    // A slot that holds `found` was released. REQUIRES: it is held.
    [[nodiscard]] complaint released(std::uint32_t index, std::uint64_t found) {
        held_.erase(index);
        return found == content_.at(index) ? nullptr : "somebody else wrote in a slot";
    }
    [[nodiscard]] complaint found(std::uint32_t index, const void* address) {
        if (address != nullptr)
            return index < end_of_chunks() ? seen(index, address) : "a slot that never was";
        return content_.contains(index) ? "a slot is not found" : nullptr;
    }
    // It was sealed, and showed these slots.
    [[nodiscard]] complaint sealed(std::vector<const void*> shown) {
        is_sealed_ = true;
        std::vector<const void*> used;
        for (const auto& [index, content] : content_) used.push_back(address_.at(index));
        std::sort(used.begin(), used.end());
        std::sort(shown.begin(), shown.end());
        return shown == used ? nullptr : "not every slot that ever was in use, once";
    }

private:
    [[nodiscard]] complaint seen(std::uint32_t index, const void* address) {
        if (address_.emplace(index, address).first->second != address) return "a slot has moved";
        if (index_.emplace(address, index).first->second != index) return "two slots in one place";
        return nullptr;
    }
    // Each chunk is twice as large as the one before, and a chunk is made for a slot that is used.
    [[nodiscard]] std::uint64_t end_of_chunks() const {
        if (content_.empty()) return 0;
        std::uint64_t end = first_chunk_;
        for (std::uint64_t chunk = first_chunk_; end <= content_.rbegin()->first; end += chunk)
            chunk *= 2;
        return end;
    }

    std::uint64_t first_chunk_;
    std::uint32_t capacity_;
    std::set<std::uint32_t> held_;
    std::map<std::uint32_t, std::uint64_t> content_;  // Of every slot that ever was in use.
    std::map<std::uint32_t, const void*> address_;    // Also of those that were only found.
    std::map<const void*, std::uint32_t> index_;
    bool is_sealed_ = false;
};

}  // namespace reference
