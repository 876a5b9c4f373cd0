package shop.forms;

import java.util.regex.*;
import javax.servlet.http.*;

class Forms {
    private static final String SHAPE = "^\\w+(?:\\s\\w+)*$";

    boolean fits(HttpServletRequest asked) {
        return Pattern.compile(SHAPE).matcher(asked.getParameter("name")).matches();
    }

    boolean found(HttpServletRequest asked, String text) {
        return Pattern.compile(Pattern.quote(asked.getParameter("q"))).matcher(text).find();
    }
}
