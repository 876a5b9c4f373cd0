package shop.web;

import javax.servlet.http.HttpServletRequest;

class ResetMails {
    private static final String HOME = "https://shop.example.com";
    private final Post post;

    ResetMails(Post post) {
        this.post = post;
    }

    void send(HttpServletRequest asked, String mail, String token) {
        String resetUrl = HOME + "/reset?t=" + token;
        String seen = "asked by " + asked.getServerName();
        post.deliver(mail, resetUrl);
    }
}
