package shop.people

import jakarta.persistence.Entity
import jakarta.persistence.Id
import org.springframework.beans.BeanUtils
import org.springframework.web.bind.annotation.PatchMapping
import org.springframework.web.bind.annotation.PathVariable
import org.springframework.web.bind.annotation.RequestBody
import org.springframework.web.bind.annotation.RestController

@Entity
class Member(@Id var id: String, var name: String, var role: String)

@RestController
class MemberApi(private val members: Members) {
    @PatchMapping("/members/{id}")
    fun change(@PathVariable id: String, @RequestBody sent: Member): Member {
        val member = members.need(id)
        BeanUtils.copyProperties(sent, member) // BAD
        return members.keep(member)
    }
}
