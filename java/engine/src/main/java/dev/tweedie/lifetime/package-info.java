/** When what was opened may end. */
package dev.tweedie.lifetime;
