package shop.people;

import org.springframework.beans.BeanUtils;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@RestController
class MemberApi {
    private final Members members;

    MemberApi(Members members) {
        this.members = members;
    }

    @PutMapping("/members/{id}")
    MemberView change(@PathVariable String id, @RequestBody NameChange sent) {
        Member member = members.need(id);
        member.setName(sent.name());
        MemberView view = new MemberView();
        BeanUtils.copyProperties(members.keep(member), view);
        return view;
    }

    record NameChange(String name) {
    }
}
