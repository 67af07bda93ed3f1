/** The styles of the Element Plus parts in use; a part that is not listed would look broken. */
import "element-plus/es/components/input/style/css.mjs";
import "element-plus/es/components/radio-button/style/css.mjs";
import "element-plus/es/components/radio-group/style/css.mjs";
import "element-plus/es/components/skeleton/style/css.mjs";
import "./element.css";
