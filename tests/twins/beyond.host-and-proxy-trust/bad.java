package shop.web;

import javax.servlet.http.HttpServletRequest;

class ResetMails {
    private final Post post;

    ResetMails(Post post) {
        this.post = post;
    }

    void send(HttpServletRequest asked, String mail, String token) {
        String resetUrl = "https://" + asked.getServerName() + "/reset?t=" + token; // BAD
        post.deliver(mail, resetUrl);
    }
}
