package shop.forms;

import java.util.regex.*;
import javax.servlet.http.*;

class Forms {
    private static final String SHAPE = "^(\\w+\\s?)*$";

    boolean fits(HttpServletRequest asked) {
        Pattern shape = Pattern.compile(SHAPE); // BAD
        return shape.matcher(asked.getParameter("name")).matches();
    }

    boolean found(HttpServletRequest asked, String text) {
        return Pattern.compile(asked.getParameter("q")).matcher(text).find(); // BAD
    }
}
