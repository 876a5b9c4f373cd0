package shop.people

import org.springframework.beans.BeanUtils
import org.springframework.web.bind.annotation.PatchMapping
import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.RequestBody
import org.springframework.web.bind.annotation.RestController

data class NameChange(val name: String)

@RestController
class MemberApi(private val members: Members) {
    @PatchMapping("/members/{id}")
    fun change(@PathVariable id: String, @RequestBody sent: NameChange): Member {
        val member = members.need(id)
        member.name = sent.name
        return members.keep(member)
    }
}
