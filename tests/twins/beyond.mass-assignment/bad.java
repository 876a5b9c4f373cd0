package shop.people;

import java.util.Map;
import org.apache.commons.beanutils.BeanUtils;
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
    Member change(@PathVariable String id, @RequestBody Map<String, Object> sent) throws Exception {
        Member member = members.need(id);
        BeanUtils.populate(member, sent); // BAD
        return members.keep(member);
    }
}
