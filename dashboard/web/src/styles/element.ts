/** The styles of the Element Plus parts in use; a part that is not listed would look broken. */
import "element-plus/es/components/breadcrumb/style/css.mjs";
import "element-plus/es/components/button/style/css.mjs";
import "element-plus/es/components/input/style/css.mjs";
import "element-plus/es/components/segmented/style/css.mjs";
import "element-plus/es/components/select/style/css.mjs";
import "element-plus/es/components/skeleton/style/css.mjs";
import "element-plus/es/components/tabs/style/css.mjs";
import "./element.css";
